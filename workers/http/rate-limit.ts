import type { Context } from "../context.ts";
import { assertTaken, type Taken } from "../limits/index.ts";
import type { SurfaceContext } from "./surface.ts";

/** Who is counted: the user, else the address. Undefined for strangers whose address nothing tells. */
function principalOf({ actor, address }: Context): string | undefined {
  if (actor.kind === "user") return `user:${actor.userId}`;
  return address === undefined ? undefined : `address:${address}`;
}

/** The headers of draft-ietf-httpapi-ratelimit-headers. */
function headersOf(taken: Taken): Record<string, string> {
  const name = JSON.stringify(taken.policy);
  return {
    "RateLimit-Policy": `${name};q=${taken.limit};w=${Math.ceil(taken.window / 1000)}`,
    RateLimit: `${name};r=${taken.remaining};t=${Math.ceil(taken.reset / 1000)}`,
  };
}

/** How long a caller waits whom the platform's own count holds back: it does not tell when there is room again. */
const floodPause = 10_000;

/** Counts a request as soon as it is known who asks: every surface comes through here. Errors: `rate_limited`. */
export async function countRequest(c: SurfaceContext, ctx: Context): Promise<void> {
  const principal = principalOf(ctx);
  if (principal === undefined) return;
  const reading = c.req.method === "GET" || c.req.method === "HEAD";
  const taken = ctx.limiter.takeHere(reading ? "read" : "write", principal);
  if (!taken) return;
  c.set("limited", taken);
  assertTaken(taken);
  if (!c.env.FLOODS || (await c.env.FLOODS.limit({ key: principal })).success) return;
  assertTaken({ ...taken, allowed: false, remaining: 0, retryAfter: floodPause });
}

/** Tells the caller where they stand, on refusals too. */
export function addLimitHeaders(c: SurfaceContext): void {
  const taken = c.get("limited");
  if (taken) for (const [name, value] of Object.entries(headersOf(taken))) c.header(name, value);
}
