import type { JsonValue } from "../manifests/json.ts";

/** Who did something. `registry`: a rule that runs by the clock. Nobody is anonymous here who is known by a token. */
export type AuditActor =
  | { readonly kind: "user"; readonly id: string; readonly handle: string }
  | {
      /** The run of a CI system that publishes by rules. */
      readonly kind: "publisher";
      readonly id: string;
      readonly subject: string;
      readonly run: string | null;
    }
  /** An organisation's directory (SCIM), by the id of its token. */
  | { readonly kind: "directory"; readonly id: string }
  | { readonly kind: "anonymous" }
  | { readonly kind: "registry" };

/** What somebody proved themselves by; never the secret. */
export interface AuditCredential {
  /** `session`, `api-key`, `registry-token`, `trusted-publisher`, `password`. */
  readonly kind: string;
  /** Of the session, or of the API key. */
  readonly id?: string;
}

/** Who, by what, and from where. */
export interface AuditOrigin {
  readonly actor: AuditActor;
  readonly credential: AuditCredential | null;
  /** The client's address, null where nothing trustworthy tells it. */
  readonly address: string | null;
  /** Id of the request, as the log and the answer had it. */
  readonly request: string | null;
}

/** What the registry does by a rule, when nobody asks. */
export const byItself: AuditOrigin = { actor: { kind: "registry" }, credential: null, address: null, request: null };

/** Something that was done, before it has its place in a chain. */
export interface AuditRecord {
  /** Known from the moment of the change on: a record that is handed over twice enters its chain once. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `member.set`, `version.published`. */
  readonly action: string;
  /** What it was done to: a repository, a handle, the id of a key. */
  readonly target: string;
  readonly origin: AuditOrigin;
  readonly details: Readonly<Record<string, JsonValue>>;
}

/** A link of a namespace's audit log. */
export interface AuditEntry extends AuditRecord {
  /** Id of the namespace, so that an entry fits into no other log. */
  readonly chain: string;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** The hash of the entry before; `genesis` for the first. */
  readonly previous: string;
  /** SHA-256 of everything else in canonical form, hex. */
  readonly hash: string;
}
