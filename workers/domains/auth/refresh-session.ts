import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { type OpenedSession, sessionIdle, sessionLongest, tokensOf } from "./open-session.ts";
import { isSecret, makeSecret, secretHash } from "./secret-text.ts";
import { namespaceOfFamily, rotateSession } from "./session-store.ts";

const refused = () =>
  new RegistryError("unauthenticated", "The refresh token is not good any more.", {
    suggestions: ["Sign in again.", "If nobody signed you out, look at your sessions and change your password."],
  });

/**
 * Exchanges a refresh token for the next pair of tokens. A token is good once. Whoever shows one that was exchanged
 * before ends the session, for everybody who holds a token of it: one of the two has a copy, and nobody can tell
 * which. A client that lost the answer signs in again; a grace time for it would be one for the thief as well.
 * Errors: `unauthenticated`, `rate_limited`.
 */
export async function refreshSession(
  ctx: Context,
  refreshToken: string,
  agent: string | undefined,
): Promise<OpenedSession> {
  const { address, limiter } = ctx;
  if (address !== undefined) assertTaken(limiter.takeHere("credential", address, 0), 1);
  const next = makeSecret("refresh-token");
  const now = ctx.now();
  const presented = await secretHash(refreshToken);
  const chain = { namespaceId: namespaceOfFamily(presented) };
  const audit = auditNote(ctx, chain, "session.ended", "by a refresh token that was used before");
  const outcome = isSecret("refresh-token", refreshToken)
    ? await rotateSession(
        ctx.db,
        {
          presented,
          next: await secretHash(next),
          now: new Date(now),
          idle: sessionIdle,
          longest: sessionLongest,
          address: address ?? null,
          agent: agent?.slice(0, 200) ?? null,
        },
        audit,
      )
    : ({ kind: "unknown" } as const);
  if (outcome.kind === "rotated") {
    return tokensOf(ctx, outcome.session.user, { ...outcome.session, refreshToken: next }, now);
  }
  if (address !== undefined) limiter.takeHere("credential", address);
  if (outcome.kind === "reused") {
    ctx.revoked.add(outcome.session, now);
    ctx.afterwards(sealAudit(ctx, audit));
    ctx.log.warn("auth.refresh_token_reused", { user: outcome.userId, session: outcome.session });
  }
  throw refused();
}
