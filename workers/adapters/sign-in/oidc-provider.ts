import * as oauth from "oauth4webapi";
import { outsideUrl } from "../../../core/outside-urls.ts";
import type { SignInProvider } from "../../../core/sign-in-providers.ts";
import {
  type Attempt,
  type IdentityProvider,
  type ProvidedIdentity,
  ProviderFailure,
  SignInRefused,
} from "./identity-provider.ts";
import { clientAuthentication, clientOf, requestOptions, translated } from "./oauth.ts";

/** A discovery document is asked for again after an hour, in milliseconds. */
const lifetime = 60 * 60 * 1000;
/** Longer names and subjects are nobody's. */
const longest = 255;

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value.slice(0, longest) : undefined);

/**
 * An OpenID provider: discovery, authorization code flow with PKCE (S256), state and nonce; the ID token's signature,
 * issuer, audience and times are verified, and the issuer in the answer where the provider gives one (RFC 9207).
 */
export class OidcProvider implements IdentityProvider {
  readonly #provider: SignInProvider;
  readonly #options: ReturnType<typeof requestOptions>;
  #server: { readonly document: oauth.AuthorizationServer; readonly until: number } | undefined;

  constructor(provider: SignInProvider, loopback: boolean) {
    this.#provider = provider;
    this.#options = requestOptions(provider, loopback);
  }

  begin(attempt: Attempt): Promise<URL> {
    return translated(this.#provider, async () => {
      const { authorization_endpoint: endpoint } = await this.#discovered();
      if (endpoint === undefined) throw new ProviderFailure(`${this.#provider.name} says no address to sign in at.`);
      const url = this.#allowed(endpoint);
      const parameters = {
        client_id: this.#provider.clientId,
        redirect_uri: attempt.redirectUri,
        response_type: "code",
        scope: this.#provider.scopes.join(" "),
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url;
    });
  }

  finish(attempt: Attempt, parameters: URLSearchParams): Promise<ProvidedIdentity> {
    return translated(this.#provider, async () => {
      const server = await this.#discovered();
      const client = clientOf(this.#provider);
      const good = oauth.validateAuthResponse(server, client, parameters, attempt.state);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        clientAuthentication(this.#provider, server.token_endpoint_auth_methods_supported),
        good,
        attempt.redirectUri,
        attempt.verifier,
        this.#options,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
        expectedNonce: attempt.nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, answer, this.#options);
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (!claims) throw new SignInRefused(`${this.#provider.name} sent no ID token.`);
      return this.#identity(claims.sub, {
        ...(await this.#told(server, tokens.access_token, claims)),
        ...claims,
      });
    });
  }

  /** What the provider tells beside the ID token; many put the address only there. */
  async #told(server: oauth.AuthorizationServer, token: string, claims: oauth.IDToken): Promise<oauth.JsonObject> {
    if (claims["email"] !== undefined || server.userinfo_endpoint === undefined) return {};
    const client = clientOf(this.#provider);
    const answer = await oauth.userInfoRequest(server, client, token, this.#options);
    return { ...(await oauth.processUserInfoResponse(server, client, claims.sub, answer)) } as oauth.JsonObject;
  }

  #identity(subject: string, claims: Readonly<Record<string, unknown>>): ProvidedIdentity {
    if (subject === "" || subject.length > longest) throw new SignInRefused(`${this.#provider.name} names nobody.`);
    const email = claims["email_verified"] === true ? text(claims["email"]) : undefined;
    const name = text(claims["preferred_username"]) ?? text(claims["name"]) ?? email;
    return { issuer: this.#provider.issuer, subject, name, email, objectId: text(claims["oid"]) };
  }

  async #discovered(): Promise<oauth.AuthorizationServer> {
    if (this.#server && this.#server.until > Date.now()) return this.#server.document;
    const issuer = new URL(this.#provider.issuer);
    const document = await discover(issuer, this.#options).catch((cause: unknown) => {
      throw new ProviderFailure(`${this.#provider.name} does not describe itself as it should.`, { cause });
    });
    // URLs forgive a slash at the end; the issuer in ID tokens does not.
    if (document.issuer !== this.#provider.issuer)
      throw new ProviderFailure(`${this.#provider.name} calls itself by another name than the configured issuer.`);
    this.#server = { document, until: Date.now() + lifetime };
    return document;
  }

  #allowed(endpoint: string): URL {
    try {
      return outsideUrl(endpoint, { beside: new URL(this.#provider.issuer).origin });
    } catch (cause) {
      throw new ProviderFailure(`${this.#provider.name} names an address that is not allowed.`, { cause });
    }
  }
}

async function discover(issuer: URL, options: ReturnType<typeof requestOptions>): Promise<oauth.AuthorizationServer> {
  const answer = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oidc" });
  return oauth.processDiscoveryResponse(issuer, answer);
}
