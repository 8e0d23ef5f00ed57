/**
 * The catalogue of everything that can go wrong. A verb throws a `RegistryError`; each surface maps every
 * code to its own envelope, and the compiler checks that none is missing (`satisfies Record<ErrorCode, …>`).
 */
export const errorCatalogue = {
  invalid_request: "The request could not be understood.",
  name_invalid: "A namespace or artifact name breaks the naming rules.",
  name_unknown: "The artifact or namespace does not exist, or the caller may not see it.",
  name_taken: "The handle is in use, reserved or was used before.",
  name_confusable: "The name could be taken for one that is well known.",
  digest_invalid: "A digest is malformed or does not match the content.",
  size_invalid: "A length does not match the content.",
  blob_unknown: "The blob does not exist in this repository.",
  blob_referenced: "The blob is part of a manifest that still exists.",
  upload_unknown: "The upload does not exist, has finished, or has expired.",
  upload_invalid: "The upload cannot be completed as asked.",
  upload_busy: "Another request is writing to this upload.",
  range_invalid: "The chunk does not start where the upload stands.",
  range_unsatisfiable: "The requested range lies outside the content.",
  manifest_unknown: "The manifest does not exist in this repository.",
  manifest_invalid: "The manifest is malformed or contradicts its media type.",
  manifest_blob_unknown: "The manifest names content that was not uploaded to this repository.",
  manifest_too_large: "The manifest is larger than the registry accepts.",
  manifest_referenced: "The manifest is part of an index that still exists.",
  version_invalid: "The version is not a semantic version that can be published.",
  version_exists: "The version is published with other content, and versions never change.",
  version_unknown: "The version does not exist.",
  version_gone: "The version was unpublished; its number is never used again.",
  type_mismatch: "The artifact already exists with another type.",
  unauthenticated: "Credentials are missing, expired or wrong.",
  second_factor_required: "The account has a second factor, and this call needs a fresh proof of it.",
  denied: "The caller is known but may not do this.",
  insufficient_scope: "The token does not carry the scope that this call needs.",
  unsupported: "The registry does not offer this operation here.",
  payload_too_large: "The body is larger than this call accepts.",
  rate_limited: "Too many requests.",
  already_done: "The thing exists already.",
  unavailable: "A part of the registry did not answer; the call can be repeated.",
  internal: "The registry failed unexpectedly.",
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /** Machine-readable facts about this failure: digests, limits, offsets. Never secrets. */
  readonly details?: Record<string, unknown>;
  /** What the caller can do next, each a full sentence. */
  readonly suggestions?: readonly string[];
  readonly cause?: unknown;
}

/** A failure that a caller may be told about. Anything else that is thrown is reported as `internal`. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;
  readonly suggestions: readonly string[];

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.suggestions = options.suggestions ?? [];
  }

  /** Errors lose their class when they cross a Durable Object boundary; this form survives it. */
  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      details: this.details,
      suggestions: [...this.suggestions],
    };
  }

  static fromWire(wire: WireError): RegistryError {
    return new RegistryError(wire.code, wire.message, wire);
  }
}

export interface WireError {
  code: ErrorCode;
  message: string;
  details: Record<string, unknown>;
  suggestions: string[];
}

/** The answer of a Durable Object method: a value, or an error that the caller rethrows with `unwrap`. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: WireError };

/** Runs `work` and turns a thrown `RegistryError` into a value. Other errors pass through. */
export async function toOutcome<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof RegistryError) return { ok: false, error: error.toWire() };
    throw error;
  }
}

/** Returns the value of an outcome or throws its error again as a `RegistryError`. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw RegistryError.fromWire(outcome.error);
}
