import { RegistryError } from "../../../core/errors.ts";
import { namespacePath } from "../../../core/identifiers.ts";
import { noDemands } from "../../../core/org-policies/policy.ts";
import { ssoProviderId } from "../../../core/sso.ts";
import { generateRandomCodeVerifier, generateRandomNonce } from "oauth4webapi";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireUser } from "../auth/index.ts";
import { type NamespaceRecord, requireRole, unmetDemands } from "../namespaces/index.ts";
import { requireRecentFactor } from "../second-factor/index.ts";
import { allowedIssuer, buildProvider } from "./provider.ts";
import { openSecret, sealSecret } from "./secret.ts";
import { deleteSso, findSso, handleOf, policyOf, putSso, type SsoRow } from "./store.ts";

export interface SsoView {
  /** What policies, sessions and the callback address call it. */
  readonly provider: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly hasSecret: boolean;
  readonly domains: readonly string[] | null;
  readonly role: SsoRow["role"];
  readonly match: SsoRow["match"];
  /** Whether roles count only for who signed in with it. */
  readonly enforced: boolean;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export interface SsoInput {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: the one that is stored stays; null: a public client. */
  readonly clientSecret?: string | null | undefined;
  readonly domains: readonly string[] | null;
  readonly role: SsoRow["role"];
  readonly match: SsoRow["match"];
  readonly enforced: boolean;
}

const owned = (ctx: Context, handle: string) => requireRole(ctx, "orgs", handle, "owner", "admin");

const none = (handle: string) =>
  new RegistryError("name_unknown", `orgs/${handle} has no sign-in of its own.`, {
    suggestions: [`Set one: gati org sso set ${handle}.`],
  });

async function viewOf(ctx: Context, row: SsoRow): Promise<SsoView> {
  const { namespaceId, secret, updatedBy, ...rest } = row;
  const [policy, by] = await Promise.all([policyOf(ctx.db, namespaceId), handleOf(ctx.db, updatedBy)]);
  const provider = ssoProviderId(namespaceId);
  const enforced = policy?.signIn?.includes(provider) ?? false;
  return { ...rest, provider, hasSecret: secret !== null, enforced, updatedBy: by ?? "" };
}

/** An organisation's own sign-in, without its secret. Needs the role owner. Errors: those of `requireRole`. */
export async function readSso(ctx: Context, handle: string): Promise<SsoView> {
  const namespace = await owned(ctx, handle);
  const row = await findSso(ctx.db, namespace.id);
  if (!row) throw none(handle);
  return viewOf(ctx, row);
}

/** Asks the provider what it is, before anybody depends on it. */
async function assertAnswers(ctx: Context, namespace: NamespaceRecord, input: SsoInput, secret: string | undefined) {
  const { issuer, clientId, match } = input;
  try {
    const sso = { namespaceId: namespace.id, handle: namespace.handle, issuer, clientId, match };
    const [state, nonce, verifier] = [generateRandomNonce(), generateRandomNonce(), generateRandomCodeVerifier()];
    await buildProvider(ctx, sso, secret).begin({ redirectUri: "https://registry.invalid/", state, nonce, verifier });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    throw new RegistryError("invalid_request", `The issuer cannot be used: ${why}`, {
      cause,
      suggestions: [
        "Name it exactly as its /.well-known/openid-configuration says: https, a public name, no port, no redirect.",
      ],
    });
  }
}

/** Nobody shuts themselves out: the caller's own role has to count once the sign-in is demanded. */
function assertStaysIn(ctx: Context, namespace: NamespaceRecord): void {
  const policy = { ...noDemands, signIn: [ssoProviderId(namespace.id)] };
  if (unmetDemands(ctx, policy, false, "owner").length === 0) return;
  throw new RegistryError("denied", "You would shut yourself out: your own role would not count.", {
    details: { unmet: ["sign-in"] },
    suggestions: [
      "Sign in through the provider first, or with your password and a second factor (gati login --admin --password).",
    ],
  });
}

/**
 * Sets an organisation's own sign-in as a whole. Needs the role owner, the scope admin and a fresh second factor where the
 * account has one. The provider is asked once before anything is kept. Another issuer is another set of people: it has to
 * be removed first. Errors: those of `requireRole`, `invalid_request`, `already_done`, `denied`, `second_factor_required`.
 */
export async function setSso(ctx: Context, handle: string, input: SsoInput): Promise<SsoView> {
  const { userId } = requireUser(ctx.actor, "admin");
  const namespace = await owned(ctx, handle);
  await requireRecentFactor(ctx);
  const before = await findSso(ctx.db, namespace.id);
  if (before && !isSameSet(before, input)) throw otherIssuer(handle);
  const kept = input.clientSecret === undefined && before ? await openSecret(ctx, before) : undefined;
  const secret = input.clientSecret ?? kept;
  await assertAnswers(ctx, namespace, input, secret);
  if (input.enforced) assertStaysIn(ctx, namespace);
  const { issuer, clientId, role, match, enforced } = input;
  const domains = input.domains && [...new Set(input.domains.map((one) => one.toLowerCase()))];
  const row = {
    namespaceId: namespace.id,
    issuer: allowedIssuer(ctx, issuer),
    clientId,
    secret: secret === undefined ? null : await sealSecret(ctx, { namespaceId: namespace.id, issuer }, secret),
    domains,
    role,
    match,
    updatedBy: userId,
    updatedAt: new Date(ctx.now()),
  };
  const details = { issuer, clientId, role, match, enforced, domains };
  const note = auditNote(ctx, { namespaceId: namespace.id }, "sso.set", `orgs/${handle}`, details);
  const policy = await policyOf(ctx.db, namespace.id);
  if (!(await putSso(ctx.db, { row, enforced, policy }, note))) throw otherIssuer(handle);
  ctx.reads.forget(namespacePath("orgs", namespace.handle));
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("sso.set", { namespace: namespace.id });
  return viewOf(ctx, row);
}

/** Identities are known by the issuer and by what it calls a person: what changes either makes others of them. */
const isSameSet = (before: Pick<SsoRow, "issuer" | "match">, { issuer, match }: SsoInput) =>
  before.issuer === issuer && (before.match === "object-id") === (match === "object-id");

const otherIssuer = (handle: string) =>
  new RegistryError("already_done", `orgs/${handle} has a sign-in that calls people otherwise.`, {
    suggestions: [`Remove it first: gati org sso remove ${handle}. Its sessions end, members stay.`],
  });

/**
 * Takes an organisation's own sign-in away: sessions that came through it end, its directory's tokens too, and it is
 * demanded no more. Members and teams stay. Needs what `setSso` needs. Errors: those of `requireRole`, `name_unknown`.
 */
export async function removeSso(ctx: Context, handle: string): Promise<void> {
  const { userId } = requireUser(ctx.actor, "admin");
  const namespace = await owned(ctx, handle);
  await requireRecentFactor(ctx);
  const row = await findSso(ctx.db, namespace.id);
  if (!row) throw none(handle);
  const now = ctx.now();
  const note = auditNote(ctx, { namespaceId: namespace.id }, "sso.removed", `orgs/${handle}`, { issuer: row.issuer });
  const policy = await policyOf(ctx.db, namespace.id);
  const { handle: _handle, ...plain } = row;
  const change = { row: { ...plain, updatedBy: userId, updatedAt: new Date(now) }, enforced: false, policy };
  const ended = await deleteSso(ctx.db, change, note);
  for (const id of ended ?? []) ctx.revoked.add(id, now);
  ctx.reads.forget(namespacePath("orgs", namespace.handle));
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("sso.removed", { namespace: namespace.id, sessions: ended?.length ?? 0 });
}
