import type { Transport } from "./transport.ts";
import type { ApiKey, CallerLimit, CreatedApiKey, Scope, Session, WhoAmI } from "./types.ts";

const base = "/api/v1/auth";

/** Accounts and API keys. Every call may throw `ApiError`. */
export class Auth {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes an account and signs it in. `name_taken` when the handle is in use or reserved. */
  signUp(account: { handle: string; password: string; email?: string }): Promise<Session> {
    return this.#transport.json({ method: "POST", target: `${base}/sign-up`, json: account });
  }

  /** `unauthenticated` when handle or password is wrong. */
  signIn(account: { handle: string; password: string }): Promise<Session> {
    return this.#transport.json({ method: "POST", target: `${base}/sign-in`, json: account });
  }

  /**
   * The next pair of tokens. A refresh token is good once: showing it again ends its session, so this call is never
   * repeated by itself. `unauthenticated` when the session has ended.
   */
  refresh(refreshToken: string): Promise<Session> {
    return this.#transport.json({ method: "POST", target: `${base}/refresh`, json: { refreshToken }, retry: "never" });
  }

  /** Ends the session of the refresh token, or else the one whose token this client uses. */
  async signOut(refreshToken?: string): Promise<void> {
    const json = refreshToken === undefined ? {} : { refreshToken };
    await this.#transport.send({ method: "POST", target: `${base}/sign-out`, json });
  }

  /** Who the credential belongs to and what it may do. */
  me(): Promise<WhoAmI> {
    return this.#transport.json({ method: "GET", target: `${base}/me` });
  }

  /** How much the account may do, and what is left of it. */
  async limits(): Promise<readonly CallerLimit[]> {
    return (await this.#transport.json<{ limits: CallerLimit[] }>({ method: "GET", target: `${base}/limits` })).limits;
  }

  createKey(key: { name: string; scopes: readonly Scope[]; expiresInDays?: number }): Promise<CreatedApiKey> {
    return this.#transport.json({ method: "POST", target: `${base}/keys`, json: key });
  }

  async listKeys(): Promise<readonly ApiKey[]> {
    return (await this.#transport.json<{ keys: ApiKey[] }>({ method: "GET", target: `${base}/keys` })).keys;
  }

  async deleteKey(id: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: `${base}/keys/${encodeURIComponent(id)}` });
  }
}
