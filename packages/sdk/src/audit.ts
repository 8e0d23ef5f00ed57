import type { AuditEntry } from "../../../core/audit/entry.ts";
import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";

/** A page of an audit log. */
export interface AuditPage {
  /** Id of the log. */
  readonly chain: string;
  /** Empty at the end of the log. */
  readonly entries: readonly AuditEntry[];
  /** Where the log ends. */
  readonly head: { readonly seq: number; readonly hash: string };
  /** The head as the registry signed it (JWS), by a key of `/.well-known/jwks.json`. */
  readonly signedHead: string;
}

/** A public key of the registry (RFC 7517). */
export type RegistryKey = JsonWebKey & { readonly kid: string };

/** Audit logs: a namespace's for its admins, the installation's for operators. Every call may throw `ApiError`. */
export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The entries behind the number `after`; without a namespace those of the installation. */
  page(namespace: NamespacePath | undefined, after = 0): Promise<AuditPage> {
    const place = namespace === undefined ? "admin/audit" : `namespaces/${namespace}/audit`;
    return this.#transport.json({ method: "GET", target: `/api/v1/${place}?after=${after}` });
  }

  /** The keys by which what the registry signs is verified. */
  async keys(): Promise<readonly RegistryKey[]> {
    const found = await this.#transport.json<{ keys: RegistryKey[] }>({
      method: "GET",
      target: "/.well-known/jwks.json",
    });
    return found.keys;
  }
}
