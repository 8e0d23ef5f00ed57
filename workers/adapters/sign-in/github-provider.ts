import * as oauth from "oauth4webapi";
import { z } from "zod";
import type { SignInProvider } from "../../../core/sign-in-providers.ts";
import { type Attempt, type IdentityProvider, type ProvidedIdentity, ProviderFailure } from "./identity-provider.ts";
import { clientAuthentication, clientOf, requestOptions, translated } from "./oauth.ts";

const userSchema = z.object({ id: z.int().positive(), login: z.string().min(1).max(100) });
const emailsSchema = z.array(z.object({ email: z.string().max(320), primary: z.boolean(), verified: z.boolean() }));

/**
 * GitHub, or a GitHub Enterprise server: OAuth 2 with PKCE, and its REST API for who it was
 * (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps). It has no ID token: the person is
 * the number that its API gives; a login may change hands.
 */
export class GitHubProvider implements IdentityProvider {
  readonly #provider: SignInProvider;
  readonly #server: oauth.AuthorizationServer;
  readonly #options: ReturnType<typeof requestOptions>;

  constructor(provider: SignInProvider, loopback: boolean) {
    this.#provider = provider;
    this.#options = requestOptions(provider, loopback);
    this.#server = {
      issuer: provider.issuer,
      authorization_endpoint: `${provider.issuer}/login/oauth/authorize`,
      token_endpoint: `${provider.issuer}/login/oauth/access_token`,
    };
  }

  async begin(attempt: Attempt): Promise<URL> {
    const url = new URL(this.#server.authorization_endpoint ?? "");
    const parameters = {
      client_id: this.#provider.clientId,
      redirect_uri: attempt.redirectUri,
      scope: this.#provider.scopes.join(" "),
      state: attempt.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  finish(attempt: Attempt, parameters: URLSearchParams): Promise<ProvidedIdentity> {
    return translated(this.#provider, async () => {
      const client = clientOf(this.#provider);
      const good = oauth.validateAuthResponse(this.#server, client, parameters, attempt.state);
      const answer = await oauth.authorizationCodeGrantRequest(
        this.#server,
        client,
        clientAuthentication(this.#provider, ["client_secret_post"]),
        good,
        attempt.redirectUri,
        attempt.verifier,
        this.#options,
      );
      const { access_token: token } = await oauth.processAuthorizationCodeResponse(this.#server, client, answer);
      const [user, emails] = await Promise.all([
        this.#ask(token, "/user", userSchema),
        this.#ask(token, "/user/emails", emailsSchema),
      ]);
      return {
        issuer: this.#provider.issuer,
        subject: String(user.id),
        name: user.login,
        email: emails.find(({ primary, verified }) => primary && verified)?.email,
      };
    });
  }

  async #ask<T>(token: string, path: string, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#options[oauth.customFetch](`${this.#provider.api}${path}`, {
      method: "GET",
      headers: {
        Accept: "application/vnd.github+json",
        Authorization: `Bearer ${token}`,
        // GitHub refuses requests that do not say who asks.
        "User-Agent": "gati-registry",
        "X-GitHub-Api-Version": "2022-11-28",
      },
      body: undefined,
      redirect: "manual",
    });
    const parsed = schema.safeParse(answer.status === 200 ? await answer.json().catch(() => undefined) : undefined);
    if (parsed.success) return parsed.data;
    throw new ProviderFailure(`${this.#provider.name} answers ${answer.status} to who that was.`);
  }
}
