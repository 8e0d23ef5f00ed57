import { LRUCache } from "lru-cache";
import { isLoopback } from "../../../core/outside-urls.ts";
import type { SignInProvider } from "../../../core/sign-in-providers.ts";
import { type Env, settingsOf } from "../../env.ts";
import { GitHubProvider } from "./github-provider.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { OidcProvider } from "./oidc-provider.ts";

export {
  type Attempt,
  type IdentityProvider,
  type ProvidedIdentity,
  ProviderFailure,
  SignInRefused,
} from "./identity-provider.ts";

export interface ConfiguredProvider extends IdentityProvider {
  readonly about: Pick<SignInProvider, "id" | "name" | "issuer" | "signUp">;
}

/** A registry that says it is elsewhere has no business on its own machine. */
const isOnLoopback = (origin: string | undefined) => origin === undefined || isLoopback(new URL(origin).hostname);

function build(provider: SignInProvider, loopback: boolean): ConfiguredProvider {
  const adapter =
    provider.kind === "github" ? new GitHubProvider(provider, loopback) : new OidcProvider(provider, loopback);
  return {
    about: provider,
    begin: (attempt) => adapter.begin(attempt),
    finish: (attempt, parameters) => adapter.finish(attempt, parameters),
  };
}

const built = new WeakMap<Env, ReadonlyMap<string, ConfiguredProvider>>();
/** Providers of organisations that an isolate keeps ready; another one costs its discovery again. */
const mostKept = 200;
const kept = new WeakMap<Env, LRUCache<string, ConfiguredProvider>>();

/** Whom people can sign in with, by id, in the operator's order. What a provider says of itself is kept per isolate. */
export function identityProvidersOf(env: Env): ReadonlyMap<string, ConfiguredProvider> {
  const known = built.get(env);
  if (known) return known;
  const { signInProviders, publicOrigin } = settingsOf(env);
  const loopback = isOnLoopback(publicOrigin);
  const providers = new Map(signInProviders.map((one) => [one.id, build(one, loopback)]));
  built.set(env, providers);
  return providers;
}

/** A provider that an organisation configured. What it says of itself is kept per isolate, until anything about it changes. */
export function organisationProvider(env: Env, provider: SignInProvider): ConfiguredProvider {
  const known = kept.get(env) ?? new LRUCache<string, ConfiguredProvider>({ max: mostKept });
  kept.set(env, known);
  const key = JSON.stringify(provider);
  const found = known.get(key) ?? build(provider, isOnLoopback(settingsOf(env).publicOrigin));
  known.set(key, found);
  return found;
}
