/**
 * How much somebody may do: `limit` calls per `window` milliseconds on average, and up to `burst` at once after a pause.
 */
export interface Rate {
  readonly limit: number;
  readonly window: number;
  readonly burst: number;
}

/** Milliseconds that are no difference: today's times are stored to a ten thousandth of one. */
const tolerance = 0.01;

/** What came of asking for a call. */
export interface Decision {
  readonly allowed: boolean;
  /** Calls that are left right now. */
  readonly remaining: number;
  /** Milliseconds until everything is free again. */
  readonly reset: number;
  /** Milliseconds until the next call is allowed; 0 when one is allowed now. */
  readonly retryAfter: number;
}

/**
 * The generic cell rate algorithm: one number says everything about a caller, the time at which all of their calls will
 * have been worked off. No counters to reset, no edge of a window at which twice the limit gets through.
 *
 * @param workedOff that time in milliseconds; 0 for somebody new
 * @param cost how many calls this one counts for; 0 only looks
 * @returns the decision, and the new time to keep: the old one when the call is refused
 */
export function admit(
  rate: Rate,
  workedOff: number,
  now: number,
  cost = 1,
): { readonly decision: Decision; readonly workedOff: number } {
  const interval = rate.window / rate.limit;
  const capacity = interval * rate.burst;
  const start = Math.max(workedOff, now);
  const next = start + interval * cost;
  const allowed = next - now <= capacity + tolerance;
  const kept = allowed ? next : start;
  const free = capacity - (kept - now);
  return {
    decision: {
      allowed,
      remaining: Math.max(0, Math.min(rate.burst, Math.floor((free + tolerance) / interval))),
      reset: Math.max(0, kept - now),
      retryAfter: Math.max(0, start + interval * Math.max(cost, 1) - now - capacity),
    },
    workedOff: kept,
  };
}

/** Takes a call back that turned out not to count. */
export function giveBack(rate: Rate, workedOff: number, cost = 1): number {
  return workedOff - (rate.window / rate.limit) * cost;
}
