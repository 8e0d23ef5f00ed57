import { Hono } from "hono";
import { version } from "../../package.json";
import type { Env } from "../env.ts";
import { blobStoreOf } from "../storage/index.ts";
import type { SurfaceEnv } from "./surface.ts";

interface Check {
  readonly ok: boolean;
  /** How long the part took to answer, in milliseconds. */
  readonly ms: number;
}

const checks: Readonly<Record<string, (env: Env) => Promise<unknown>>> = {
  d1: (env) => env.DB.prepare("SELECT 1").first(),
  // A list: an object that is missing looks the same in a bucket that is.
  blobs: (env) => blobStoreOf(env).list("health/")[Symbol.asyncIterator]().next(),
  objects: (env) => env.GRAPHS.get(env.GRAPHS.idFromName("health")).ping(),
};

async function check(work: () => Promise<unknown>): Promise<Check> {
  const start = performance.now();
  const ok = await work().then(
    () => true,
    () => false,
  );
  return { ok, ms: Math.round(performance.now() - start) };
}

/** Liveness and readiness, open to everybody: they tell that parts answer, nothing about their content. */
export const healthRoutes = new Hono<SurfaceEnv>()
  .get("/health", (c) => c.json({ status: "ok", version }, 200, { "Cache-Control": "no-store" }))
  .get("/ready", async (c) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, run]) => [name, await check(() => run(c.env))] as const),
    );
    const ready = results.every(([, result]) => result.ok);
    const body = { status: ready ? "ready" : "unavailable", checks: Object.fromEntries(results) };
    return c.json(body, ready ? 200 : 503, { "Cache-Control": "no-store" });
  });
