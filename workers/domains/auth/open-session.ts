import type { Handle } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import type { Scope } from "./actor.ts";
import { makeSecret, secretHash } from "./secret-text.ts";
import { insertSession } from "./session-store.ts";
import { type SessionFacts, sessionLifetime, signSession } from "./tokens.ts";

const day = 24 * 60 * 60 * 1000;
/** Milliseconds that a session lives after it was used last, and altogether. */
export const sessionIdle = 30 * day;
export const sessionLongest = 90 * day;
/** Sessions that one user may have; a sign-in beyond that ends the one that was not used for longest. */
const mostSessions = 100;

/** An account as answers name it. */
export interface Account {
  readonly id: string;
  readonly handle: Handle;
  readonly operator: boolean;
}

/** What whoever signed in holds; both tokens are shown this once. */
export interface OpenedSession {
  readonly user: Account;
  /** Bearer token. */
  readonly token: string;
  /** Seconds that it is good for. */
  readonly expiresIn: number;
  /** Good once, for the next pair of tokens. */
  readonly refreshToken: string;
  /** Seconds until it is too late to use it. */
  readonly refreshExpiresIn: number;
}

/** The pair of tokens for a session. An access token never outlives its session. */
export async function tokensOf(
  { settings }: Pick<Context, "settings">,
  user: Account,
  session: SessionFacts & { readonly expiresAt: Date; readonly refreshToken: string },
  now: number,
): Promise<OpenedSession> {
  const left = Math.max(1, Math.floor((session.expiresAt.getTime() - now) / 1000));
  const expiresIn = Math.min(sessionLifetime, left);
  const { id, handle, operator } = user;
  return {
    // Whatever else a caller knows of the account stays here.
    user: { id, handle, operator },
    token: await signSession(settings, user, session, expiresIn),
    expiresIn,
    refreshToken: session.refreshToken,
    refreshExpiresIn: left,
  };
}

/** How a session is opened. */
export interface Opening {
  /** What the client calls itself. */
  readonly agent: string | undefined;
  /** When the second factor was proved. */
  readonly factorAt?: Date | undefined;
  readonly scopes: readonly Scope[];
  readonly proved: readonly string[];
  readonly signIn: string | null;
  /** For the pages: its secret goes into a cookie, works nowhere else, and is no refresh token. */
  readonly browser: boolean;
}

/** Opens a session for an account that was proved with all that it asks for: only `finishSignIn` may judge that. */
export async function openSession(ctx: Context, user: Account, opening: Opening): Promise<OpenedSession> {
  const refreshToken = makeSecret(opening.browser ? "browser-session" : "refresh-token");
  const now = ctx.now();
  const session = {
    id: crypto.randomUUID(),
    createdAt: new Date(now),
    lastUsedAt: new Date(now),
    expiresAt: new Date(now + sessionIdle),
    address: ctx.address ?? null,
    agent: opening.agent?.slice(0, 200) ?? null,
    scopes: [...opening.scopes],
    proved: [...opening.proved],
    signIn: opening.signIn,
  };
  const hash = await secretHash(refreshToken);
  const { factorAt } = opening;
  const { agent, proved, signIn } = session;
  const by = { kind: "user", id: user.id, handle: user.handle } as const;
  const details = { agent, proved, signIn };
  const audit = auditNote(ctx, { handle: user.handle }, "session.opened", session.id, details, by);
  await insertSession(ctx.db, { ...session, userId: user.id, refreshHash: hash, factorAt }, mostSessions, audit);
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("auth.session_opened", { user: user.id, session: session.id });
  return tokensOf(ctx, user, { ...session, refreshToken }, now);
}
