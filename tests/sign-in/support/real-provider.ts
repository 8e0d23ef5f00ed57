import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { type Browser, type Page, formOf } from "./browser.ts";

/** What the people of the provider are called there. */
export interface Claims {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly preferred_username?: string;
}

/**
 * A real OpenID provider: the npm package oidc-provider with its own sign-in and consent pages. It listens before the
 * registry is started, because the registry has to know it, and learns then where the registry is.
 */
export class RealProvider {
  readonly #server: Server;
  /** By login, which is the subject too. */
  readonly people = new Map<string, Claims>();
  readonly clientId = "gati";
  readonly clientSecret = "a secret between the two, of some length";

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<RealProvider> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RealProvider(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Registers the registry, with exactly these addresses to come back to. */
  open(...redirectUris: string[]): void {
    this.register(...redirectUris);
  }

  /** The same again, with other addresses: what it knew of sign-ins is gone. */
  register(...redirectUris: string[]): void {
    this.#server.removeAllListeners("request");
    const provider = new Provider(this.url, {
      clients: [{ client_id: this.clientId, client_secret: this.clientSecret, redirect_uris: redirectUris }],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username", "name"] },
      cookies: { keys: ["only for tests"] },
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
      pkce: { required: () => true },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people.get(id) }) }),
    });
    this.#server.on("request", provider.callback());
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Signs a person in at the provider's own pages and agrees; ends where the provider sends the browser then. */
  async signIn(browser: Browser, page: Page, login: string, stop?: (url: URL) => boolean): Promise<Page> {
    let now = page;
    for (let step = 0; step < 4 && now.url.origin === this.url && now.status === 200; step++) {
      const form = formOf(now, now.url.pathname);
      const fill = form.fields["prompt"] === "login" ? { login, password: "anything" } : {};
      now = await browser.submit(now, now.url.pathname, fill as Record<string, string>, stop);
    }
    return now;
  }
}
