import type { Transport } from "./transport.ts";
import type { ApiKey, CallerLimit, CreatedApiKey, NewApiKey, Session, WhoAmI } from "./types.ts";

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

  /**
   * `unauthenticated` when handle or password is wrong; `second_factor_required` when the account asks for more:
   * `details.challenge` goes to `finishSignIn`.
   */
  signIn(account: { handle: string; password: string }): Promise<Session> {
    return this.#transport.json({ method: "POST", target: `${base}/sign-in`, json: account });
  }

  /** Finishes a sign-in with a code of the authenticator app or a recovery code. Never repeated: a code works once. */
  finishSignIn(answer: { challenge: string; code: string }): Promise<Session> {
    return this.#transport.json({
      method: "POST",
      target: `${base}/sessions/second-factor`,
      json: answer,
      retry: "never",
    });
  }

  /**
   * Proves the second factor for the credential of this client. The token is that credential with a fresh factor: a bearer
   * token, and the password of OCI clients. `second_factor_required` when the code is wrong.
   */
  stepUp(code: string): Promise<{ token: string; expiresIn: number }> {
    return this.#transport.json({ method: "POST", target: `${base}/step-up`, json: { code }, retry: "never" });
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

  createKey(key: NewApiKey): Promise<CreatedApiKey> {
    return this.#transport.json({ method: "POST", target: `${base}/keys`, json: key });
  }

  async listKeys(): Promise<readonly ApiKey[]> {
    return (await this.#transport.json<{ keys: ApiKey[] }>({ method: "GET", target: `${base}/keys` })).keys;
  }

  async deleteKey(id: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: `${base}/keys/${encodeURIComponent(id)}` });
  }

  renameKey(id: string, name: string): Promise<ApiKey> {
    return this.#transport.json({ method: "PATCH", target: `${base}/keys/${encodeURIComponent(id)}`, json: { name } });
  }

  /**
   * Gives a key a new secret; the old one is good for `graceSeconds` more, at most a week. Never repeated by itself: the
   * new secret is in the answer alone.
   */
  rotateKey(id: string, graceSeconds = 0): Promise<CreatedApiKey> {
    const target = `${base}/keys/${encodeURIComponent(id)}/rotate`;
    return this.#transport.json({ method: "POST", target, json: { graceSeconds }, retry: "never" });
  }

  /** Revokes keys that were found where they do not belong; needs no credential. True for each that was good until now. */
  async reportLeakedKeys(keys: readonly string[]): Promise<readonly boolean[]> {
    const target = `${base}/leaked-keys`;
    return (await this.#transport.json<{ revoked: boolean[] }>({ method: "POST", target, json: { keys } })).revoked;
  }
}
