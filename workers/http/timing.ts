import type { SurfaceContext } from "./surface.ts";

/** Runs work and adds how long it took to the request's Server-Timing. */
export async function timed<T>(c: SurfaceContext, name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    const timings = c.get("timings");
    timings.set(name, (timings.get(name) ?? 0) + performance.now() - start);
  }
}

/** The header's value (W3C Server Timing): milliseconds by name. */
export function serverTiming(timings: ReadonlyMap<string, number>): string {
  return [...timings].map(([name, duration]) => `${name};dur=${duration.toFixed(1)}`).join(", ");
}
