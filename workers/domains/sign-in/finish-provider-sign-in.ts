import { RegistryError } from "../../../core/errors.ts";
import type { ProvidedIdentity } from "../../adapters/sign-in/index.ts";
import type { Context } from "../../context.ts";
import { finishSignIn, isSecret, makeSecret, type OpenedSession, secretHash } from "../auth/index.ts";
import { admit, judgeEntry } from "../directory-users/index.ts";
import type { FoundSso } from "../sso/index.ts";
import { callbackAddress, providerCalled } from "./begin-sign-in.ts";
import { linkToCaller } from "./link-identity.ts";
import { portErrors } from "./port-errors.ts";
import { type FoundAttempt, findByIdentity, insertProvedIdentity, takeAttempt, touchIdentity } from "./store.ts";

/** Milliseconds in which somebody who is new chooses a handle. */
const choosingTime = 15 * 60 * 1000;

export interface ComingBack {
  readonly provider: string;
  readonly origin: string;
  /** The cookie of the browser that comes back; undefined when it has none. */
  readonly browser: string | undefined;
  readonly parameters: URLSearchParams;
  readonly agent: string | undefined;
}

/** What became of it, and where on this registry the browser goes on. */
export type ProviderSignIn =
  | { readonly kind: "signed-in"; readonly session: OpenedSession; readonly returnTo: string }
  | { readonly kind: "linked"; readonly returnTo: string }
  /** The account asks for its second factor too: `question` says how to answer. */
  | { readonly kind: "second-factor"; readonly question: RegistryError; readonly returnTo: string }
  /** Nobody has this identity yet: `proof` is good once, to make an account with it. */
  | { readonly kind: "new"; readonly proof: string };

const lost = () =>
  new RegistryError("unauthenticated", "This answer belongs to no sign-in that this browser began.", {
    suggestions: ["Begin again at the sign-in page, in one browser, within ten minutes."],
  });

/**
 * Takes the browser back from a provider. The state is used up first, whatever comes of it: an answer counts once, in the
 * browser and for the provider that it was asked from. The account is found by issuer and subject, never by an address.
 * Errors: `unauthenticated`, `denied`, `unavailable`, and those of `linkToCaller`.
 */
export async function finishProviderSignIn(ctx: Context, back: ComingBack): Promise<ProviderSignIn> {
  const state = back.parameters.get("state") ?? "";
  if (!isSecret("sign-in-state", state) || back.browser === undefined) throw lost();
  const provider = await providerCalled(ctx, back.provider);
  const attempt = await takeAttempt(ctx.db, await secretHash(state), new Date(ctx.now()));
  const isOurs = attempt?.provider === provider.about.id && attempt.browser === (await secretHash(back.browser));
  if (!attempt || !isOurs) throw lost();
  const { nonce, verifier } = attempt;
  const redirectUri = callbackAddress(back.origin, provider.about.id);
  const identity = await portErrors(() => provider.finish({ redirectUri, state, nonce, verifier }, back.parameters));
  const { sso } = provider;
  if (attempt.linkTo !== null) {
    // Judged before anything is linked, and again when it is.
    if (sso) await judgeEntry(ctx, sso, identity, attempt.linkTo);
    const account = await linkToCaller(ctx, attempt.linkTo, identity, provider.about);
    if (sso) await admit(ctx, sso, identity, account);
    return { kind: "linked", returnTo: attempt.returnTo };
  }
  return signInOrAsk(ctx, { ...attempt, sso }, identity, back.agent);
}

async function signInOrAsk(
  ctx: Context,
  { provider, returnTo, sso }: FoundAttempt & { readonly sso: FoundSso | undefined },
  identity: ProvidedIdentity,
  agent: string | undefined,
): Promise<ProviderSignIn> {
  const now = ctx.now();
  const { issuer, subject, name = null, email = null } = identity;
  const account = await findByIdentity(ctx.db, identity);
  if (account) {
    if (sso) await admit(ctx, sso, identity, account);
    await touchIdentity(ctx.db, identity, { name, email, lastUsedAt: new Date(now) });
    const proofs = { agent, proved: ["provider"], signIn: provider, browser: true } as const;
    try {
      return { kind: "signed-in", session: await finishSignIn(ctx, account, proofs), returnTo };
    } catch (error) {
      const asks = error instanceof RegistryError && error.code === "second_factor_required";
      if (asks) return { kind: "second-factor", question: error, returnTo };
      throw error;
    }
  }
  if (sso) await judgeEntry(ctx, sso, identity, undefined);
  const proof = makeSecret("proved-identity");
  const hash = await secretHash(proof);
  const expiresAt = new Date(now + choosingTime);
  await insertProvedIdentity(ctx.db, { hash, provider, issuer, subject, name, email, returnTo, expiresAt });
  return { kind: "new", proof };
}
