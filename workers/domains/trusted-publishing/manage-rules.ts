import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireScope } from "../auth/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { conditionsOf, type RuleInput } from "./rule.ts";
import { addRule, deleteRule, rulesOf, setTrustedOnly, standingOf, type StoredRule } from "./store.ts";

/** Rules of one artifact. */
const maxRules = 50;

export interface Publishing {
  /** Whether new versions come from trusted publishers alone. */
  readonly trustedOnly: boolean;
  /** Nothing is published under this name yet. */
  readonly pending: boolean;
  readonly publishers: readonly StoredRule[];
}

/** How an artifact is published. Needs the role read. Errors: those of `requireRole`. */
export async function readPublishing(ctx: Context, parts: RepositoryParts): Promise<Publishing> {
  await requireRole(ctx, parts.kind, parts.handle, "read", "read", parts.name);
  return publishingOf(ctx, parts);
}

async function publishingOf({ db }: Context, { repository }: RepositoryParts): Promise<Publishing> {
  const [standing, publishers] = await Promise.all([standingOf(db, repository), rulesOf(db, repository)]);
  return { ...standing, publishers };
}

/** The issuer that a rule means: one of the configuration, of the rule's provider. Errors: `invalid_request`. */
function issuerFor({ settings }: Context, { provider, issuer }: RuleInput): string {
  const offered = settings.oidcIssuers.filter((one) => one.provider === provider);
  const found = issuer === undefined ? offered[0] : offered.find(({ url }) => url === issuer);
  if (found) return found.url;
  throw new RegistryError("invalid_request", "This registry does not trust that issuer.", {
    details: { issuers: offered.map(({ url }) => url) },
    suggestions: ["Use one of details.issuers, or ask the operator to add it to GATI_OIDC_ISSUERS."],
  });
}

/**
 * Lets runs of a CI system publish an artifact, also one that does not exist yet. Needs the role admin and the scope
 * admin. Errors: those of `requireRole`, `invalid_request` for an issuer that the operator did not configure.
 */
export async function addPublisher(ctx: Context, parts: RepositoryParts, input: RuleInput): Promise<StoredRule> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  const { userId } = requireScope(ctx.actor, "admin");
  const rule = {
    ...conditionsOf(input),
    id: crypto.randomUUID(),
    issuer: issuerFor(ctx, input),
    namespaceId: namespace.id,
    repository: parts.repository,
    createdBy: userId,
    createdAt: new Date(ctx.now()),
  };
  const { id: ruleId, provider, issuer, source, conditions } = rule;
  const details = { rule: ruleId, provider, issuer, source, conditions: { ...conditions } };
  const audit = auditNote(ctx, { namespaceId: namespace.id }, "publisher.added", parts.repository, details);
  if (!(await addRule(ctx.db, rule, maxRules, audit))) {
    throw new RegistryError("invalid_request", `An artifact has at most ${maxRules} publishers.`, {
      suggestions: ["Remove those that are not needed any more."],
    });
  }
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("publisher.added", { repository: parts.repository, rule: rule.id, source: rule.source, user: userId });
  const added = (await rulesOf(ctx.db, parts.repository)).find(({ id }) => id === rule.id);
  if (!added) throw new TypeError("a rule that was just added is there");
  return added;
}

/**
 * Ends a rule and, at once, the tokens that it gave. Needs the role admin and the scope admin.
 * Errors: those of `requireRole`, `name_unknown`.
 */
export async function removePublisher(ctx: Context, parts: RepositoryParts, id: string): Promise<void> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  const audit = auditNote(ctx, { namespaceId: namespace.id }, "publisher.removed", parts.repository, { rule: id });
  if (!(await deleteRule(ctx.db, parts.repository, id, audit))) {
    throw new RegistryError("name_unknown", `${parts.repository} has no publisher with this id.`, {
      suggestions: ["List them: gati trust list <artifact>."],
    });
  }
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("publisher.removed", { repository: parts.repository, rule: id });
}

/**
 * Says whether new versions come from trusted publishers alone. Needs the role admin and the scope admin.
 * Errors: those of `requireRole`.
 */
export async function demandTrusted(ctx: Context, parts: RepositoryParts, trustedOnly: boolean): Promise<Publishing> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  const { userId } = requireScope(ctx.actor, "admin");
  const policy = { repository: parts.repository, namespaceId: namespace.id, updatedBy: userId, at: ctx.now() };
  const audit = auditNote(ctx, { namespaceId: namespace.id }, "publisher.demanded", parts.repository, { trustedOnly });
  await setTrustedOnly(ctx.db, policy, trustedOnly, audit);
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.log.info("publisher.demanded", { repository: parts.repository, trustedOnly, user: userId });
  return publishingOf(ctx, parts);
}
