import { RegistryError } from "../../../core/errors.ts";
import type { RevokedSessions } from "../../cache/revoked-sessions.ts";
import type { Actor } from "./actor.ts";
import { endedSince, sessionIsGood } from "./session-store.ts";
import { sessionLifetime } from "./tokens.ts";

/** Milliseconds: no access token is older, and clocks may differ by a minute. */
const oldestToken = (sessionLifetime + 60) * 1000;

export interface SessionCheck {
  readonly db: D1Database;
  readonly revoked: RevokedSessions;
  readonly now: () => number;
  readonly afterwards: (work: Promise<unknown>) => void;
  /** Ask the database now, instead of trusting what this isolate has heard within the last minute. */
  readonly exact: boolean;
}

/**
 * Throws `unauthenticated` when the caller's token comes from a session that has ended. Other credentials pass: they
 * are looked up when they are presented.
 */
export async function assertSessionStands(check: SessionCheck, actor: Actor): Promise<void> {
  if (actor.kind === "anonymous") return;
  const { credential } = actor;
  const id =
    credential.kind === "session"
      ? credential.id
      : credential.kind === "registry-token"
        ? credential.sessionId
        : undefined;
  if (id === undefined) return;
  const { db, revoked, now, afterwards, exact } = check;
  const source = {
    now,
    afterwards,
    ended: (limit: number) => endedSince(db, new Date(now() - oldestToken), limit),
    isGood: (one: string) => sessionIsGood(db, one, new Date(now())),
  };
  if (!(await revoked.includes(id, source, exact))) return;
  throw new RegistryError("unauthenticated", "The session has ended.", { suggestions: ["Sign in again."] });
}
