import { RegistryError } from "../../../core/errors.ts";
import { namespacePath, parseHandle } from "../../../core/identifiers.ts";
import { isLicence } from "../../../core/org-policies/licences.ts";
import { noDemands, type OrgPolicy } from "../../../core/org-policies/policy.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { parseNetwork, requireScope, requireUser } from "../auth/index.ts";
import { findNamespace, requireRole, unknownName, unmetDemands } from "../namespaces/index.ts";
import { requireRecentFactor } from "../second-factor/index.ts";
import { deletePolicy, findPolicy, hasSecondFactor, putPolicy, type StoredPolicy } from "./store.ts";

/** What an organisation demands. Needs the role read. Errors: those of `requireRole`. */
export async function readPolicy(
  ctx: Context,
  handle: string,
): Promise<{ policy: OrgPolicy; set: Omit<StoredPolicy, "policy"> | null }> {
  const namespace = await requireRole(ctx, "orgs", handle, "read", "read");
  const found = await findPolicy(ctx.db, namespace.id);
  if (!found) return { policy: noDemands, set: null };
  const { policy, ...set } = found;
  return { policy, set };
}

const unique = (texts: readonly string[] | null, parse: (text: string) => string) =>
  texts && [...new Set(texts.map(parse))];

function parseLicence(text: string): string {
  if (isLicence(text)) return text;
  throw new RegistryError("invalid_request", `"${text.slice(0, 80)}" is no SPDX licence identifier.`, {
    suggestions: ["Write each licence by itself, as https://spdx.org/licenses names it: MIT, Apache-2.0."],
  });
}

/** The policy in the one form in which it is kept. Errors: `invalid_request`. */
function normalised(policy: OrgPolicy): OrgPolicy {
  return {
    ...policy,
    signIn: unique(policy.signIn, (one) => one),
    networks: unique(policy.networks, parseNetwork),
    licences: unique(policy.licences, parseLicence),
  };
}

/**
 * Sets what an organisation demands, as a whole. Needs the role owner and the scope admin. Refused when the caller would
 * not meet it in this very request: nobody shuts themselves out.
 * Errors: those of `requireRole`, `invalid_request`, `denied`, `second_factor_required`.
 */
export async function setPolicy(ctx: Context, handle: string, input: OrgPolicy): Promise<OrgPolicy> {
  const { userId } = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, "orgs", handle, "owner", "admin");
  await requireRecentFactor(ctx);
  const policy = normalised(input);
  const unmet = unmetDemands(ctx, policy, policy.secondFactor && (await hasSecondFactor(ctx.db, userId)));
  if (unmet.length > 0) {
    throw new RegistryError("denied", "You would shut yourself out: your own role would not count under this policy.", {
      details: { unmet: unmet.map(({ code }) => code) },
      suggestions: unmet.map(({ suggestion }) => suggestion),
    });
  }
  const note = auditNote(ctx, { namespaceId: namespace.id }, "policy.set", `orgs/${handle}`, {
    policy: { ...policy } as never,
  });
  await putPolicy(
    ctx.db,
    { namespaceId: namespace.id, policy, updatedBy: userId, updatedAt: new Date(ctx.now()) },
    note,
  );
  ctx.reads.forget(namespacePath("orgs", namespace.handle));
  ctx.afterwards(sealAudit(ctx, note));
  return policy;
}

/**
 * Takes all demands away. Needs the role owner and the scope admin; an operator may do it too, for an organisation whose
 * owners cannot meet its demands any more. Errors: those of `requireRole`, `name_unknown`, `second_factor_required`.
 */
export async function clearPolicy(ctx: Context, handle: string): Promise<void> {
  const { operator } = requireScope(ctx.actor, "admin");
  const namespace = operator
    ? await anyOrganization(ctx, handle)
    : await requireRole(ctx, "orgs", handle, "owner", "admin");
  await requireRecentFactor(ctx);
  const note = auditNote(ctx, { namespaceId: namespace.id }, "policy.removed", `orgs/${handle}`);
  await deletePolicy(ctx.db, namespace.id, note);
  ctx.reads.forget(namespacePath("orgs", namespace.handle));
  ctx.afterwards(sealAudit(ctx, note));
}

async function anyOrganization(ctx: Context, handle: string) {
  requireUser(ctx.actor, "admin");
  const found = await findNamespace(ctx.db, "orgs", parseHandle(handle), null);
  if (!found) throw unknownName(`orgs/${handle}`);
  return found;
}
