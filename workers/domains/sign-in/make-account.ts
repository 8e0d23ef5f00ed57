import { RegistryError } from "../../../core/errors.ts";
import { organisationOfSso } from "../../../core/sso.ts";
import type { Context } from "../../context.ts";
import { signUpWithIdentity } from "../accounts/index.ts";
import { finishSignIn, isSecret, type OpenedSession, secretHash } from "../auth/index.ts";
import { admit, judgeEntry } from "../directory-users/index.ts";
import { providerCalled } from "./begin-sign-in.ts";
import { addressIsTaken, deleteProvedIdentity, findProvedIdentity, type ProvedIdentity } from "./store.ts";

const over = () =>
  new RegistryError("unauthenticated", "Nobody vouches for you any more.", {
    suggestions: ["Sign in with the provider again: there are fifteen minutes to choose a handle."],
  });

async function proved(ctx: Context, proof: string | undefined): Promise<ProvedIdentity> {
  const hash = proof !== undefined && isSecret("proved-identity", proof) ? await secretHash(proof) : undefined;
  const found = hash && (await findProvedIdentity(ctx.db, hash, new Date(ctx.now())));
  if (!found) throw over();
  return found;
}

export interface Newcomer {
  /** What the provider is called. */
  readonly provider: string;
  readonly name: string | null;
  /** Only when a provider of the operator's has verified it. */
  readonly email: string | null;
  /** Somebody has confirmed this address for an account here: most likely the same person, who links instead. */
  readonly hasAccount: boolean;
  readonly mayJoin: boolean;
}

/** Whether new people may make an account with a provider: as the operator says for it, or for everybody. */
const mayJoin = (ctx: Context, provider: string) =>
  ctx.identityProviders.get(provider)?.about.signUp ?? ctx.settings.openSignUp;

/**
 * The address that a provider's word proves. An organisation chooses its provider, and may run it: its word about
 * addresses counts inside of the organisation alone, and tells nobody whose address has an account here.
 */
const believed = (provider: string, email: string | null) => (organisationOfSso(provider) === undefined ? email : null);

/** Who somebody is who has no account yet. Open to whoever has the proof. Errors: `unauthenticated`, `name_unknown`. */
export async function newcomer(ctx: Context, proof: string | undefined): Promise<Newcomer> {
  const { provider, name, email: told } = await proved(ctx, proof);
  const email = believed(provider, told);
  return {
    provider: (await providerCalled(ctx, provider)).about.name,
    name,
    email,
    hasAccount: email !== null && (await addressIsTaken(ctx.db, email)),
    mayJoin: mayJoin(ctx, provider),
  };
}

/**
 * Makes an account without a password for somebody whom a provider vouched for, and signs them in. The address that the
 * provider has verified becomes the account's. Open to whoever has the proof, which is good once.
 * Errors: `unauthenticated`, `denied` when sign-up is closed, `name_invalid`, `name_taken`, `already_done`, `rate_limited`.
 */
export async function makeAccount(
  ctx: Context,
  proof: string | undefined,
  input: { readonly handle: string; readonly agent: string | undefined },
): Promise<{ session: OpenedSession; returnTo: string }> {
  const { hash, provider, issuer, subject, name, email, returnTo } = await proved(ctx, proof);
  if (!mayJoin(ctx, provider)) {
    throw new RegistryError("denied", "This registry does not take new accounts.", {
      suggestions: ["Ask its operator for one."],
    });
  }
  const { sso, about } = await providerCalled(ctx, provider);
  // An organisation may have changed its provider since then.
  if (sso && about.issuer !== issuer) throw over();
  // Judged before there is an account: the directory may have ended them while they chose a handle.
  if (sso) await judgeEntry(ctx, sso, { subject, email }, undefined);
  const identity = { issuer, subject, name, email: believed(provider, email) };
  const account = await signUpWithIdentity(ctx, { handle: input.handle, identity });
  await deleteProvedIdentity(ctx.db, hash);
  if (sso) await admit(ctx, sso, { subject, email }, account);
  const proofs = { agent: input.agent, proved: ["provider"], signIn: provider, browser: true } as const;
  return { session: await finishSignIn(ctx, account, proofs), returnTo };
}
