import { createMiddleware } from "hono/factory";
import { blobStoreOf } from "../storage/index.ts";
import { clientAddress } from "./client-address.ts";
import { drain } from "./drain.ts";
import { createLogger } from "./log.ts";
import { logTogether } from "./log-batch.ts";
import { addLimitHeaders } from "./rate-limit.ts";
import type { SurfaceEnv } from "./surface.ts";
import { serverTiming } from "./timing.ts";

const acceptedId = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * Gives every request an id (the caller's own when it has a decent form), logs one line when it is answered, and adds
 * the headers that every response carries. Query strings are not logged: they may hold tokens of other systems.
 */
export const requestLog = createMiddleware<SurfaceEnv>(async (c, next) => {
  const start = performance.now();
  const offered = c.req.header("x-request-id");
  const requestId = offered && acceptedId.test(offered) ? offered : crypto.randomUUID();
  const together = (line: string) => logTogether(line, (work) => c.executionCtx.waitUntil(work));
  const log = blobStoreOf(c.env).local ? createLogger({ requestId }, together) : createLogger({ requestId });
  const timings = new Map<string, number>();
  c.set("requestId", requestId);
  c.set("log", log);
  c.set("timings", timings);
  await next();
  if (c.res.status >= 400) await drain(c.req.raw);
  const total = performance.now() - start;
  timings.set("total", total);
  c.header("X-Request-Id", requestId);
  c.header("Server-Timing", serverTiming(timings));
  c.header("X-Content-Type-Options", "nosniff");
  addLimitHeaders(c);
  const { actor } = c.get("ctx") ?? {};
  log.info("request", {
    method: c.req.method,
    path: c.req.path,
    status: c.res.status,
    ms: Math.round(total * 10) / 10,
    user: actor?.kind === "user" ? actor.userId : undefined,
    address: clientAddress(c),
    agent: c.req.header("user-agent")?.slice(0, 200),
  });
});
