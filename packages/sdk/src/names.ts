import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";

export type ProofKind = "domain" | "github";

/** What a publisher has proved; empty for those who have not. */
export interface Publisher {
  readonly verified: readonly { readonly kind: ProofKind; readonly subject: string }[];
}

export interface Verification {
  readonly id: string;
  readonly kind: ProofKind;
  readonly subject: string;
  /** pending: never proved · verified · ended: the proof went away. */
  readonly state: "pending" | "verified" | "ended";
  readonly method: "dns" | "well-known" | "repository" | null;
  /** The line that proves it, and where it may be: one place is enough. */
  readonly proof: string;
  readonly places: readonly string[];
  readonly startedAt: string;
  readonly verifiedAt: string | null;
  readonly checkedAt: string | null;
  /** Since when checks do not find the proof any more. */
  readonly failingSince: string | null;
}

export interface CheckedVerification extends Verification {
  readonly finding: "proved" | "absent" | "unreachable";
}

export interface AllowedName {
  readonly name: string;
  /** Handle. */
  readonly allowedBy: string;
  readonly allowedAt: string;
}

/** Who publishers are, and which names may look alike. Every call may throw `ApiError`. */
export class Names {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What a namespace has proved, or wants to. Needs the role read. */
  async verifications(namespace: NamespacePath): Promise<readonly Verification[]> {
    const target = this.#verifications(namespace);
    return (await this.#transport.json<{ verifications: Verification[] }>({ method: "GET", target })).verifications;
  }

  /** Begins to prove something, and says what to publish where. Needs the role and the scope admin, as do the next two. */
  startVerification(namespace: NamespacePath, kind: ProofKind, subject: string): Promise<Verification> {
    return this.#transport.json({ method: "POST", target: this.#verifications(namespace), json: { kind, subject } });
  }

  /** Looks for the proof now. */
  checkVerification(namespace: NamespacePath, id: string): Promise<CheckedVerification> {
    const target = `${this.#verifications(namespace)}/${encodeURIComponent(id)}/check`;
    return this.#transport.json({ method: "POST", target });
  }

  async removeVerification(namespace: NamespacePath, id: string): Promise<void> {
    const target = `${this.#verifications(namespace)}/${encodeURIComponent(id)}`;
    await this.#transport.send({ method: "DELETE", target });
  }

  /** Names that are allowed although they look like others. For operators. */
  async allowed(): Promise<readonly AllowedName[]> {
    const target = "/api/v1/admin/names";
    return (await this.#transport.json<{ names: AllowedName[] }>({ method: "GET", target })).names;
  }

  /** Allows a handle or an artifact's name although it looks like another one, or takes that back. For operators. */
  allow(name: string, allowed: boolean): Promise<{ readonly name: string; readonly allowed: boolean }> {
    return this.#transport.json({ method: "POST", target: "/api/v1/admin/names", json: { name, allowed } });
  }

  #verifications(namespace: NamespacePath): string {
    return `/api/v1/namespaces/${namespace}/verifications`;
  }
}
