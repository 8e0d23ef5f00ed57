import type { ApiError } from "./errors.ts";

export interface RetryPolicy {
  /** How often one step is tried in all. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** The longest `Retry-After` that is waited for; a longer one is reported to the caller instead. */
  readonly maxRetryAfterMs: number;
  /** Told before each wait: how long it is, and what made it necessary. */
  readonly onWait?: (ms: number, error: ApiError) => void;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  baseDelayMs: 250,
  maxDelayMs: 15_000,
  maxRetryAfterMs: 60_000,
  sleep,
  random: Math.random,
};

/**
 * Waits before the next try: exponential with full jitter, so that clients that failed together do not come back
 * together, or as long as the registry asked. Throws `error` when the tries are used up or the wait is too long.
 *
 * @param failures how many tries have failed so far, 1 or more
 */
export async function waitBeforeRetry(
  policy: RetryPolicy,
  failures: number,
  error: ApiError,
  signal?: AbortSignal,
): Promise<void> {
  if (failures >= policy.attempts) throw error;
  if ((error.retryAfterMs ?? 0) > policy.maxRetryAfterMs) throw error;
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1));
  const wait = error.retryAfterMs ?? policy.random() * ceiling;
  policy.onWait?.(wait, error);
  await policy.sleep(wait, signal);
}
