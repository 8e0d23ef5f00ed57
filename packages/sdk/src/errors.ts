import { type ErrorCode, type ErrorOptions, RegistryError } from "../../../core/errors.ts";

export interface ApiErrorOptions extends ErrorOptions {
  /** HTTP status; absent when no answer arrived. */
  readonly status?: number;
  /** The registry's id of the failed request: quote it when asking for help. */
  readonly requestId?: string;
  /** How long the registry asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * Every failure of the SDK. `code` is one of the registry's catalogue: what the registry answered, `unavailable`
 * when it did not answer, `digest_invalid` when received bytes are not what was asked for.
 */
export class ApiError extends RegistryError {
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(code, message, options);
    if (options.status !== undefined) this.status = options.status;
    if (options.requestId !== undefined) this.requestId = options.requestId;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** True when the same request may succeed later without any change. */
export function isTransient(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  if (error.status === undefined) return error.code === "unavailable";
  return error.status >= 500
    ? error.status !== 501
    : error.status === 408 || error.status === 425 || error.status === 429;
}
