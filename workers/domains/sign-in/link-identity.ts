import { RegistryError } from "../../../core/errors.ts";
import { organisationOfSso } from "../../../core/sso.ts";
import type { Handle } from "../../../core/identifiers.ts";
import type { ConfiguredProvider, ProvidedIdentity } from "../../adapters/sign-in/index.ts";
import type { Context } from "../../context.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireUser } from "../auth/index.ts";
import { requireFreshSession } from "../second-factor/index.ts";
import { findByIdentity, type LinkedIdentity, linkIdentity, listIdentities, unlinkIdentity } from "./store.ts";

/**
 * Links what a provider vouched for to the account that began it and is still signed in. An identity opens one account
 * only. Needs a fresh session. Returns the account. Errors: `denied`, `already_done`.
 */
export async function linkToCaller(
  ctx: Context,
  userId: string,
  identity: ProvidedIdentity,
  provider: ConfiguredProvider["about"],
): Promise<{ readonly id: string; readonly handle: Handle }> {
  const user = await requireFreshSession(ctx);
  if (user.userId !== userId) {
    throw new RegistryError("denied", "Somebody else is signed in now than when this began.", {
      suggestions: ["Begin again from your account's page."],
    });
  }
  const { issuer, subject, name = null, email = null } = identity;
  const note = auditNote(ctx, { handle: user.handle }, "identity.linked", `users/${user.handle}`, {
    provider: provider.id,
    issuer,
    subject,
  });
  const row = { issuer, subject, userId, name, email, linkedAt: new Date(ctx.now()) };
  if (!(await linkIdentity(ctx.db, row, note))) throw await taken(ctx, userId, identity, provider.name);
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info("identity.linked", { user: userId, provider: provider.id });
  return { id: userId, handle: user.handle };
}

async function taken(ctx: Context, userId: string, identity: ProvidedIdentity, name: string): Promise<RegistryError> {
  const own = (await findByIdentity(ctx.db, identity))?.id === userId;
  return new RegistryError(
    "already_done",
    own ? `This ${name} account is linked already.` : `This ${name} account opens another account here.`,
    {
      suggestions: own
        ? ["Sign in with it from now on."]
        : ["Sign in to the other account with it, and take it away there first."],
    },
  );
}

export interface OwnIdentity extends LinkedIdentity {
  /** What the provider is called; undefined when the operator has removed it, and nobody can sign in with it. */
  readonly provider: string | undefined;
}

/** Identities that open the caller's account. Needs the scope `admin`. */
export async function ownIdentities(ctx: Context): Promise<OwnIdentity[]> {
  const { userId } = requireUser(ctx.actor, "admin");
  const providers = [...ctx.identityProviders.values()];
  const found = await listIdentities(ctx.db, userId);
  return found.map((one) => ({
    ...one,
    provider:
      organisationOfSso(one.issuer) === undefined
        ? providers.find(({ about }) => about.issuer === one.issuer)?.about.name
        : "An organisation's sign-in",
  }));
}

/**
 * Takes an identity from the caller's account. Needs a fresh session. Errors: `denied` when nothing else would let them
 * in, `name_unknown`.
 */
export async function unlinkOwnIdentity(ctx: Context, issuer: string, subject: string): Promise<void> {
  const user = await requireFreshSession(ctx);
  const note = auditNote(ctx, { handle: user.handle }, "identity.unlinked", `users/${user.handle}`, {
    issuer,
    subject,
  });
  const outcome = await unlinkIdentity(ctx.db, user.userId, { issuer, subject }, note);
  if (outcome === "unlinked") {
    ctx.afterwards(sealAudit(ctx, note));
    ctx.log.info("identity.unlinked", { user: user.userId });
    return;
  }
  if (outcome === "unknown") {
    throw new RegistryError("name_unknown", "No such identity is linked to your account.", {
      suggestions: ["Look at your account's page."],
    });
  }
  throw new RegistryError("denied", "This is the last way into your account.", {
    suggestions: ["Set a password, add a passkey or link another provider first."],
  });
}
