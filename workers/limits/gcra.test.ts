import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, giveBack, type Rate } from "./gcra.ts";

const rates = fc.record({
  limit: fc.integer({ min: 1, max: 50 }),
  window: fc.constantFrom(1000, 60_000, 3_600_000),
  burst: fc.integer({ min: 1, max: 80 }),
});

/** Sends calls at the given pauses and returns the times of those that were allowed. */
function allowedTimes(rate: Rate, pauses: readonly number[]): number[] {
  const times: number[] = [];
  let now = 1_000_000;
  let workedOff = 0;
  for (const pause of pauses) {
    now += pause;
    const answer = admit(rate, workedOff, now);
    workedOff = answer.workedOff;
    if (answer.decision.allowed) times.push(now);
  }
  return times;
}

describe("a rate", () => {
  it("never lets more than the burst and what was worked off meanwhile through, in any stretch of time", () => {
    fc.assert(
      fc.property(rates, fc.array(fc.nat(5000), { maxLength: 300 }), (rate, pauses) => {
        const times = allowedTimes(rate, pauses);
        for (let from = 0; from < times.length; from++) {
          for (let to = from; to < times.length; to++) {
            const span = (times[to] as number) - (times[from] as number);
            expect(to - from + 1).toBeLessThanOrEqual(rate.burst + Math.floor((span * rate.limit) / rate.window) + 1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("lets a caller through who keeps to it, for ever", () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 300 }), (rate, calls) => {
        const pause = Math.ceil(rate.window / rate.limit);
        expect(
          allowedTimes(
            rate,
            Array.from({ length: calls }, () => pause),
          ),
        ).toHaveLength(calls);
      }),
      { numRuns: 100 },
    );
  });

  it("allows the next call exactly when it said, and a refusal costs nothing", () => {
    fc.assert(
      fc.property(rates, (rate) => {
        let workedOff = 0;
        for (let i = 0; i < rate.burst; i++) {
          const answer = admit(rate, workedOff, 5000);
          expect(answer.decision).toMatchObject({ allowed: true, remaining: rate.burst - i - 1 });
          workedOff = answer.workedOff;
        }
        const refused = admit(rate, workedOff, 5000);
        expect([refused.decision.allowed, refused.workedOff]).toEqual([false, workedOff]);
        const { retryAfter } = refused.decision;
        expect(admit(rate, workedOff, 5000 + retryAfter - 0.1).decision.allowed).toBe(false);
        expect(admit(rate, workedOff, 5000 + retryAfter + 0.1).decision.allowed).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("forgets a call that is given back", () => {
    const rate = { limit: 2, window: 1000, burst: 2 };
    const first = admit(rate, 0, 0);
    const second = admit(rate, first.workedOff, 0);
    expect(admit(rate, second.workedOff, 0).decision.allowed).toBe(false);
    expect(admit(rate, giveBack(rate, second.workedOff), 0).decision.allowed).toBe(true);
  });
});
