import { generateRandomCodeVerifier, generateRandomNonce } from "oauth4webapi";
import { RegistryError } from "../../../core/errors.ts";
import type { ConfiguredProvider } from "../../adapters/sign-in/index.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { makeSecret, secretHash } from "../auth/index.ts";
import { requireFreshSession } from "../second-factor/index.ts";
import { type SsoProvider, ssoProviderOf } from "../sso/index.ts";
import { portErrors } from "./port-errors.ts";
import { insertAttempt } from "./store.ts";

/** Milliseconds that a browser may stay at the provider. */
const attemptLifetime = 10 * 60 * 1000;

/** The provider of this name: one of the operator's, or an organisation's own. Errors: `name_unknown`, `unavailable`. */
export async function providerCalled(ctx: Context, id: string): Promise<ConfiguredProvider & Partial<SsoProvider>> {
  const provider = ctx.identityProviders.get(id) ?? (await ssoProviderOf(ctx, id));
  if (provider) return provider;
  throw new RegistryError("name_unknown", "This registry does not know such a sign-in provider.", {
    suggestions: ["Choose one of those on the sign-in page."],
  });
}

export interface SignInBeginning {
  readonly provider: string;
  /** Where the registry is, as the operator says it or as the loopback address in use. */
  readonly origin: string;
  /** The cookie that marks this browser. */
  readonly browser: string;
  /** Path on this registry. */
  readonly returnTo: string;
  /** Link the identity to the account that is signed in, instead of signing in. */
  readonly link: boolean;
}

/** Where a provider sends browsers back to. It has to be registered there in exactly this spelling. */
export const callbackAddress = (origin: string, provider: string) => `${origin}/sign-in/callback/${provider}`;

/**
 * Begins a sign-in with a provider and answers the address that the browser is sent to. What comes back has to carry a
 * state that is good once, for ten minutes, and for this browser alone. Open to everybody; linking needs a session that
 * was opened within the last ten minutes. Errors: `name_unknown`, `denied`, `unavailable`, `rate_limited`.
 */
export async function beginSignIn(ctx: Context, beginning: SignInBeginning): Promise<URL> {
  const { origin, browser, returnTo, link } = beginning;
  const provider = await providerCalled(ctx, beginning.provider);
  const linkTo = link ? (await requireFreshSession(ctx)).userId : null;
  if (ctx.address !== undefined) assertTaken(await ctx.limiter.take("provider", ctx.address));
  const state = makeSecret("sign-in-state");
  const attempt = {
    redirectUri: callbackAddress(origin, provider.about.id),
    state,
    nonce: generateRandomNonce(),
    verifier: generateRandomCodeVerifier(),
  };
  const address = await portErrors(() => provider.begin(attempt));
  const now = ctx.now();
  await insertAttempt(ctx.db, {
    hash: await secretHash(state),
    provider: provider.about.id,
    browser: await secretHash(browser),
    nonce: attempt.nonce,
    verifier: attempt.verifier,
    returnTo,
    linkTo,
    createdAt: new Date(now),
    expiresAt: new Date(now + attemptLifetime),
  });
  return address;
}
