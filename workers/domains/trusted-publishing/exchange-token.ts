import { RegistryError } from "../../../core/errors.ts";
import type { Handle, Repository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { assertTaken } from "../../limits/index.ts";
import { type Publisher, publishTokenLifetime, signPublisherToken } from "../auth/index.ts";
import { type Identity, identityOf } from "./identity.ts";
import { lookupKey, matches, pinsHold } from "./rule.ts";
import { namespaceOfRule, pinRule, rulesOfSource, spendToken } from "./store.ts";
import { verifyToken } from "./verify-token.ts";

export interface Exchanged {
  /** Bearer token, and the password of the user `__token__` for OCI clients. */
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** What it may publish. */
  readonly repositories: readonly Repository[];
  readonly publisher: Publisher;
}

/** The same for every way in which no rule fits: it tells nothing that the token does not say itself. */
function notTrusted(identity?: Identity): RegistryError {
  const { source, workflow, environment, ref, trigger, pins } = identity ?? {};
  return new RegistryError("denied", "No artifact trusts this run to publish it.", {
    details: { source, workflow, environment, ref, trigger, ...pins },
    suggestions: [
      "Compare what the token says (details) with the rules of the artifact: gati trust list <artifact>.",
      "Have an admin of the namespace add a rule: gati trust add <artifact>.",
    ],
  });
}

/**
 * Exchanges the ID token of a CI system for a token of minutes that may publish, and nothing else, what the rules for
 * exactly this run name. An ID token is good once. Open to everybody.
 * Errors: `unauthenticated`, `denied` when no rule fits, `rate_limited`, `unavailable` when the issuer does not answer.
 */
export async function exchangeToken(ctx: Context, token: string): Promise<Exchanged> {
  const { limiter, address } = ctx;
  if (address !== undefined) assertTaken(limiter.takeHere("credential", address, 0), 1);
  try {
    return await exchange(ctx, token);
  } catch (error) {
    const wrong = error instanceof RegistryError && (error.code === "unauthenticated" || error.code === "denied");
    if (wrong && address !== undefined) limiter.takeHere("credential", address);
    throw error;
  }
}

async function exchange(ctx: Context, token: string): Promise<Exchanged> {
  const { issuer, id, expiresAt, claims } = await verifyToken(ctx, token);
  const identity = identityOf(issuer, claims);
  if (!identity) throw notTrusted();
  const candidates = await rulesOfSource(ctx.db, issuer.url, lookupKey(issuer.provider, identity.source));
  const fitting = candidates.filter((rule) => matches(rule, identity, claims));
  if (fitting.length === 0) throw notTrusted(identity);
  if (!(await spendToken(ctx.db, { issuer: issuer.url, id, expiresAt }, ctx.now()))) {
    throw new RegistryError("unauthenticated", "This token was exchanged before.", {
      suggestions: ["Ask the CI system for a fresh ID token; each is good once."],
    });
  }
  const rules: typeof fitting = [];
  for (const rule of fitting) {
    // Two runs may be the first at once: whoever is written down first stays.
    const audit = exchangeNote(ctx, identity, rule);
    const pins = await pinRule(ctx.db, rule.id, identity.pins, ctx.now(), audit);
    ctx.afterwards(sealAudit(ctx, audit));
    if (pins && pinsHold(pins, identity)) rules.push(rule);
  }
  if (rules.length === 0) throw notTrusted(identity);
  return signFor(ctx, identity, rules);
}

/** A rule was used: told to the namespace of the artifact. */
function exchangeNote(ctx: Context, identity: Identity, rule: { id: string; repository: Repository }) {
  const { issuer, subject, source, run } = identity;
  const namespaceId = namespaceOfRule(rule.id);
  const details = { rule: rule.id, issuer, subject, source, run };
  return auditNote(ctx, { namespaceId }, "publisher.exchanged", rule.repository, details);
}

async function signFor(
  ctx: Context,
  identity: Identity,
  rules: readonly { id: string; repository: Repository }[],
): Promise<Exchanged> {
  const repositories = [...new Set(rules.map(({ repository }) => repository))];
  const { provider, issuer, subject, source, workflow, environment, run, revision } = identity;
  const publisher = { provider, issuer, subject, source, workflow, environment, run, revision };
  // No account has such a name or id: neither has a colon.
  const name = `${provider}:${source}`;
  const bounds = {
    reach: repositories,
    basis: { kind: "publisher-rules" as const, ids: rules.map(({ id }) => id) },
    publisher,
  };
  const grants = repositories.map((repository) => ({
    repository,
    actions: ["pull", "push"] as const,
    requested: ["pull", "push"],
  }));
  const token = await signPublisherToken(ctx.settings, { id: name, name: name as Handle, bounds }, grants);
  ctx.log.info("publisher.exchanged", { issuer, source, workflow, run, repositories: repositories.join(" ") });
  return { token, expiresIn: publishTokenLifetime, repositories, publisher };
}
