import { RegistryError } from "../../../core/errors.ts";
import { Account } from "./account.ts";
import { Administration } from "./administration.ts";
import { Artifacts } from "./artifacts.ts";
import { Audit } from "./audit.ts";
import { Auth } from "./auth.ts";
import { Backup } from "./backup.ts";
import type { Credential } from "./credentials.ts";
import type { ApiError } from "./errors.ts";
import { type HashFactory, portableHash } from "./hashing.ts";
import { DeviceLogin } from "./device-login.ts";
import { Names } from "./names.ts";
import { Namespaces } from "./namespaces.ts";
import { Oci } from "./oci/index.ts";
import { Organizations } from "./organizations.ts";
import { Publishing } from "./publishing.ts";
import { Retention } from "./retention.ts";
import { SecondFactor } from "./second-factor.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import { Transport } from "./transport.ts";
import type { Resolution } from "./types.ts";

export interface ClientOptions {
  /** Address of the registry, such as `https://registry.gati.dev`. */
  readonly registry: string | URL;
  /** Left out: anonymous, which reads what is public. */
  readonly credential?: Credential | undefined;
  readonly fetch?: typeof globalThis.fetch;
  readonly userAgent?: string;
  readonly retry?: Partial<RetryPolicy>;
  /** How long to wait for an answer to begin, in milliseconds. Five minutes unless said otherwise. */
  readonly timeoutMs?: number;
  /**
   * Called when a call needs a fresh second factor: resolves to a credential that has one (`auth.stepUp`), with which the call
   * is repeated and the client goes on; or to undefined, and the call fails.
   */
  readonly stepUp?: ((error: ApiError) => Promise<Credential | undefined>) | undefined;
  /** A faster incremental hash, such as `nodeHash` of `@gati-registry/sdk/node`. */
  readonly createHash?: HashFactory;
}

export interface RegistryClient {
  /** Origin of the registry. */
  readonly registry: string;
  readonly auth: Auth;
  readonly deviceLogin: DeviceLogin;
  readonly account: Account;
  readonly secondFactor: SecondFactor;
  readonly namespaces: Namespaces;
  readonly names: Names;
  readonly organizations: Organizations;
  readonly artifacts: Artifacts;
  readonly audit: Audit;
  readonly publishing: Publishing;
  readonly retention: Retention;
  readonly administration: Administration;
  readonly backup: Backup;
  readonly oci: Oci;
  /** Short for `artifacts.resolve`. */
  resolve(reference: string): Promise<Resolution>;
}

/** Reads a registry's address. Throws `invalid_request`; a missing scheme means https, except on this machine. */
export function parseRegistryUrl(text: string): URL {
  const local = /^(?:localhost|127\.|\[::1\])/.test(text);
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `${local ? "http" : "https"}://${text}`);
    if (url.protocol === "http:" || url.protocol === "https:") return new URL(url.origin);
  } catch {
    // Reported below together with other schemes.
  }
  throw new RegistryError("invalid_request", `"${text}" is not the address of a registry.`, {
    suggestions: ["Write it as https://registry.gati.dev or http://127.0.0.1:8080."],
  });
}

/** Makes a client for one registry. Sends nothing yet. Throws `invalid_request` when the address is none. */
export function createClient(options: ClientOptions): RegistryClient {
  const registry = parseRegistryUrl(String(options.registry));
  const transport = new Transport({
    registry,
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    retry: { ...defaultRetryPolicy, ...options.retry },
    timeoutMs: options.timeoutMs ?? 300_000,
    ...(options.credential === undefined ? {} : { credential: options.credential }),
    ...(options.stepUp === undefined ? {} : { stepUp: options.stepUp }),
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  });
  const artifacts = new Artifacts(transport);
  const content = { transport, createHash: options.createHash ?? portableHash };
  return {
    registry: registry.origin,
    auth: new Auth(transport),
    deviceLogin: new DeviceLogin(transport),
    account: new Account(transport),
    secondFactor: new SecondFactor(transport),
    namespaces: new Namespaces(transport),
    names: new Names(transport),
    organizations: new Organizations(transport),
    artifacts,
    audit: new Audit(transport),
    publishing: new Publishing(transport),
    retention: new Retention(transport),
    administration: new Administration(transport),
    backup: new Backup(content),
    oci: new Oci(content),
    resolve: (reference) => artifacts.resolve(reference),
  };
}
