import type { Transport } from "./transport.ts";

/** An account as its owner sees it. */
export interface AccountDescription {
  readonly id: string;
  readonly handle: string;
  readonly operator: boolean;
  readonly email: string | null;
  /** Null: the address counts for nothing yet. */
  readonly emailConfirmedAt: string | null;
  /** False for somebody who came with a provider and has set none. */
  readonly hasPassword: boolean;
  readonly createdAt: string;
}

/** A sign-in. */
export interface SessionDescription {
  readonly id: string;
  readonly createdAt: string;
  /** Sign-in or last refresh. */
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly address: string | null;
  /** What the client called itself. */
  readonly agent: string | null;
  /** The one that asks. */
  readonly current: boolean;
}

/** Everything that the registry keeps about an account, without secrets. */
export interface AccountExport {
  readonly exportedAt: string;
  readonly account: AccountDescription;
  readonly namespaces: readonly { readonly namespace: string; readonly role: string }[];
  readonly teams: readonly { readonly namespace: string; readonly team: string }[];
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly createdAt: string;
    readonly expiresAt: string | null;
    readonly lastUsedAt: string | null;
  }[];
  readonly sessions: readonly Omit<SessionDescription, "current">[];
  readonly secondFactor: {
    readonly level: string;
    readonly appSince: string | null;
    readonly passkeys: readonly {
      readonly name: string;
      readonly createdAt: string;
      readonly lastUsedAt: string | null;
    }[];
    readonly recoveryCodesLeft: number;
  };
  readonly published: readonly {
    readonly repository: string;
    readonly version: string;
    readonly digest: string;
    readonly publishedAt: string;
  }[];
}

/** The caller's own account. Most calls need the scope admin. Every call may throw `ApiError`. */
export class Account {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  read(): Promise<AccountDescription> {
    return this.#transport.json({ method: "GET", target: "/api/v1/account" });
  }

  /** Sends a token to the address; it becomes the account's with `confirmEmail`. `denied` when the password is wrong. */
  async changeEmail(change: { email: string; password: string }): Promise<void> {
    await this.#transport.send({ method: "PUT", target: "/api/v1/account/email", json: change, retry: "refused" });
  }

  /** Confirms an address with the token that was sent to it. Needs no credential. */
  confirmEmail(token: string): Promise<{ handle: string; email: string }> {
    return this.#transport.json({ method: "POST", target: "/api/v1/auth/email/verify", json: { token } });
  }

  /** Replaces the password and ends all other sessions. `denied` when the present one is wrong. */
  async changePassword(change: { password: string; newPassword: string }): Promise<void> {
    await this.#transport.send({ method: "PUT", target: "/api/v1/account/password", json: change, retry: "refused" });
  }

  /** Asks for a mail with a token, by handle or address; tells nobody whether there is such an account. */
  async forgotPassword(account: string): Promise<void> {
    await this.#transport.send({ method: "POST", target: "/api/v1/auth/password/forgot", json: { account } });
  }

  /** Sets a new password with the token of the mail and ends all sessions. Needs no credential. */
  async resetPassword(reset: { token: string; password: string }): Promise<void> {
    await this.#transport.send({ method: "POST", target: "/api/v1/auth/password/reset", json: reset });
  }

  async sessions(): Promise<readonly SessionDescription[]> {
    const target = "/api/v1/auth/sessions";
    return (await this.#transport.json<{ sessions: SessionDescription[] }>({ method: "GET", target })).sessions;
  }

  async endSession(id: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: `/api/v1/auth/sessions/${encodeURIComponent(id)}` });
  }

  /** Ends all sessions but the one that asks; resolves to how many ended. */
  async endOtherSessions(): Promise<number> {
    const target = "/api/v1/auth/sessions";
    return (await this.#transport.json<{ ended: number }>({ method: "DELETE", target })).ended;
  }

  export(): Promise<AccountExport> {
    return this.#transport.json({ method: "GET", target: "/api/v1/account/export" });
  }

  /** Deletes the account. Its handle stays taken for ever, and its public versions stay. */
  async delete(password: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: "/api/v1/account", json: { password }, retry: "refused" });
  }
}
