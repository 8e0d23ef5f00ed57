import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import type { User } from "./actor.ts";
import { requireUser } from "./require-user.ts";
import { isSecret, secretHash } from "./secret-text.ts";
import {
  type Ending,
  endSessionByToken,
  endSessions,
  listSessions,
  namespaceOfHolder,
  type SessionRecord,
} from "./session-store.ts";

/** The session that the caller's credential belongs to, if any. */
function ownSession(ctx: Context): string | undefined {
  return ctx.actor.kind === "user" && ctx.actor.credential.kind === "session" ? ctx.actor.credential.id : undefined;
}

/** The caller's sessions, last used first. Needs the scope `admin`: they tell where a person has been. */
export async function ownSessions(ctx: Context): Promise<(SessionRecord & { current: boolean })[]> {
  const { userId } = requireUser(ctx.actor, "admin");
  const current = ownSession(ctx);
  const found = await listSessions(ctx.db, userId, new Date(ctx.now()));
  return found.map((session) => ({ ...session, current: session.id === current }));
}

async function end(ctx: Context, { userId, handle }: User, ending: Ending): Promise<number> {
  const now = ctx.now();
  const target = "only" in ending ? ending.only : "others";
  const audit = auditNote(ctx, { handle }, "session.ended", target);
  const ended = await endSessions(ctx.db, userId, ending, new Date(now), audit);
  ctx.afterwards(sealAudit(ctx, audit));
  for (const id of ended) ctx.revoked.add(id, now);
  ctx.log.info("auth.sessions_ended", { user: userId, sessions: ended.length });
  return ended.length;
}

/** Ends one session of the caller. Needs the scope `admin`. Errors: `name_unknown`. */
export async function endSession(ctx: Context, id: string): Promise<void> {
  if ((await end(ctx, requireUser(ctx.actor, "admin"), { only: id })) > 0) return;
  throw new RegistryError("name_unknown", "You have no session with this id.", {
    suggestions: ["List your sessions with GET /api/v1/auth/sessions."],
  });
}

/** Ends all sessions of the caller but the one that asks, and returns how many ended. Needs the scope `admin`. */
export async function endOtherSessions(ctx: Context): Promise<number> {
  return end(ctx, requireUser(ctx.actor, "admin"), { except: ownSession(ctx) });
}

/**
 * Signs out: ends the session of the refresh token, where one is given, or else the caller's. A token that is not good
 * any more is signed out already. Errors: `unauthenticated` when there is neither token nor session.
 */
export async function signOut(ctx: Context, refreshToken: string | undefined): Promise<void> {
  if (refreshToken !== undefined) {
    if (!isSecret("refresh-token", refreshToken)) return;
    const now = ctx.now();
    const hash = await secretHash(refreshToken);
    const audit = auditNote(ctx, { namespaceId: namespaceOfHolder(hash) }, "session.ended", "by its refresh token");
    const id = await endSessionByToken(ctx.db, hash, new Date(now), audit);
    if (id === undefined) return;
    ctx.afterwards(sealAudit(ctx, audit));
    ctx.revoked.add(id, now);
    ctx.log.info("auth.signed_out", { session: id });
    return;
  }
  const id = ownSession(ctx);
  if (id === undefined) {
    throw new RegistryError("unauthenticated", "There is no session to sign out of.", {
      suggestions: [
        "Send the token of a sign-in, or the refresh token; DELETE /api/v1/auth/keys/{id} ends an API key.",
      ],
    });
  }
  await end(ctx, requireUser(ctx.actor, "admin"), { only: id });
}
