import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";

const base = "/api/v1/account/second-factor";

export type FactorMethod = "passkey" | "totp" | "recovery-code";

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  /** Kept by a provider for several devices. */
  readonly synced: boolean;
}

export interface SecondFactors {
  /** `off`: there is none. `publish`: asked for at sign-in, and before anything is published. */
  readonly level: "off" | "sign-in" | "publish";
  readonly methods: readonly FactorMethod[];
  readonly app: { readonly since: string } | null;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodesLeft: number;
}

/** Where publishing asks for a fresh second factor: the whole namespace, or artifacts of it by name. */
export interface StepUpRules {
  readonly namespace: boolean;
  readonly artifacts: readonly string[];
}

/**
 * Second factors of the caller's account. Calls need the scope admin; what makes the account weaker also needs a fresh proof:
 * `second_factor_required` without one. Every call may throw `ApiError`.
 */
export class SecondFactor {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  status(): Promise<SecondFactors> {
    return this.#transport.json({ method: "GET", target: base });
  }

  /** Makes the secret of an authenticator app, shown this one time; it counts for nothing until `confirmApp`. */
  beginApp(proof: { password?: string } = {}): Promise<{ secret: string; uri: string }> {
    return this.#transport.json({ method: "POST", target: `${base}/app`, json: proof, retry: "never" });
  }

  /** Turns the app on by a code of it. Resolves to recovery codes when it is the account's first factor. */
  async confirmApp(code: string): Promise<readonly string[]> {
    const request = { method: "POST", target: `${base}/app/confirm`, json: { code }, retry: "never" } as const;
    return (await this.#transport.json<{ recoveryCodes: string[] }>(request)).recoveryCodes;
  }

  async removeApp(): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: `${base}/app` });
  }

  /** Replaces the recovery codes; the answer alone has the new ones. */
  async renewRecoveryCodes(): Promise<readonly string[]> {
    const request = { method: "POST", target: `${base}/recovery-codes`, retry: "never" } as const;
    return (await this.#transport.json<{ recoveryCodes: string[] }>(request)).recoveryCodes;
  }

  /** Says when the factor is asked for. */
  async setLevel(level: "sign-in" | "publish"): Promise<void> {
    await this.#transport.send({ method: "PUT", target: `${base}/level`, json: { level } });
  }

  renamePasskey(id: string, name: string): Promise<Passkey> {
    const target = `${base}/passkeys/${encodeURIComponent(id)}`;
    return this.#transport.json({ method: "PATCH", target, json: { name } });
  }

  async removePasskey(id: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: `${base}/passkeys/${encodeURIComponent(id)}` });
  }

  /** Removes every factor, with the recovery codes. */
  async disable(): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: base });
  }

  rules(namespace: NamespacePath): Promise<StepUpRules> {
    return this.#transport.json({ method: "GET", target: `/api/v1/namespaces/${namespace}/step-up` });
  }

  /** Asks for a fresh factor before anything is published in a namespace, or in one artifact of it; or stops asking. */
  setRule(namespace: NamespacePath, rule: { artifact?: string; required: boolean }): Promise<StepUpRules> {
    return this.#transport.json({ method: "PUT", target: `/api/v1/namespaces/${namespace}/step-up`, json: rule });
  }

  /** For operators: takes the factors from an account whose owner has lost them. */
  async reset(handle: string): Promise<void> {
    const target = `/api/v1/admin/accounts/${encodeURIComponent(handle)}/second-factor`;
    await this.#transport.send({ method: "DELETE", target });
  }
}
