import * as oauth from "oauth4webapi";
import { isLoopback, type OutsideRules } from "../../../core/outside-urls.ts";
import type { SignInProvider } from "../../../core/sign-in-providers.ts";
import { fetchOutside } from "../outside-fetch.ts";
import { ProviderFailure, SignInRefused } from "./identity-provider.ts";

/** Thrown by the guarded fetch, so that a provider which cannot be had is told from an answer that is wrong. */
class Unreachable extends Error {}

/** GitHub's addresses are all the operator's; an issuer tells its own, and those have to be public or beside it. */
function rulesFor({ kind, issuer }: SignInProvider, loopback: boolean): OutsideRules {
  if (kind === "github") return { operators: true, loopback };
  const { origin, hostname } = new URL(issuer);
  return loopback || !isLoopback(hostname) ? { beside: origin } : {};
}

/** How a provider is asked. `loopback` when the installation is on loopback itself: a provider may be there then too. */
export function requestOptions(provider: SignInProvider, loopback: boolean) {
  const rules = rulesFor(provider, loopback);
  return {
    [oauth.allowInsecureRequests]: loopback,
    [oauth.customFetch]: async (url: string, init: oauth.CustomFetchOptions<string, unknown>): Promise<Response> => {
      const { method, headers, body } = init;
      const answer = await fetchOutside(url, {
        ...rules,
        method,
        headers,
        ...(body === undefined || body === null ? {} : { body: String(body) }),
      }).catch((cause: unknown) => {
        throw new Unreachable(`${provider.id} cannot be asked`, { cause });
      });
      if (answer.status >= 500) throw new Unreachable(`${provider.id} answers ${answer.status}`);
      return answer;
    },
  };
}

export const clientOf = ({ clientId }: SignInProvider): oauth.Client => ({ client_id: clientId });

/** The secret goes where the provider says that it takes it; Basic is what every server must take (RFC 6749, 2.3.1). */
export function clientAuthentication({ clientSecret }: SignInProvider, methods?: readonly string[]): oauth.ClientAuth {
  if (clientSecret === undefined) return oauth.None();
  const onlyPost = methods?.includes("client_secret_post") && !methods.includes("client_secret_basic");
  return onlyPost ? oauth.ClientSecretPost(clientSecret) : oauth.ClientSecretBasic(clientSecret);
}

/** Turns what the library throws into the port's two errors. */
export async function translated<T>(provider: SignInProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(provider, error);
  }
}

function translate({ name }: SignInProvider, error: unknown): Error {
  if (error instanceof SignInRefused || error instanceof ProviderFailure) return error;
  if (error instanceof Unreachable)
    return new ProviderFailure(`${name} does not answer as it should.`, { cause: error });
  if (error instanceof oauth.AuthorizationResponseError) {
    const declined = error.error === "access_denied";
    return new SignInRefused(declined ? `${name} was told not to sign you in.` : `${name} refused the sign-in.`, {
      cause: error,
      declined,
    });
  }
  return new SignInRefused(`The answer of ${name} is not good.`, { cause: error });
}
