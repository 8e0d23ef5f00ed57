/**
 * The registry's worker with a meter around everything that Cloudflare bills: its handler and its Durable Objects are the
 * real ones, and see bindings that count. `GET /__cost` tells and resets the counts, so requests are measured one by one.
 */
import type { Env } from "../../../workers/env.ts";
import registry, * as objects from "../../../workers/index.ts";
import type { Seed } from "../protocol.ts";
import { meteredEnv } from "./environment.ts";
import { takeCost } from "./meter.ts";
import { watchStorage } from "./objects.ts";
import { publishVersions } from "./seed.ts";

// Objects that are not wrapped below count as calls only.
export * from "../../../workers/index.ts";

export class NamespaceGraph extends objects.NamespaceGraph {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, meteredEnv(env));
  }
}

export class UploadSession extends objects.UploadSession {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, meteredEnv(env));
  }
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__cost") return Response.json(takeCost());
    if (pathname === "/__seed") return Response.json(await publishVersions(env, await request.json<Seed>()));
    return registry.fetch(request, meteredEnv(env), ctx);
  },
} satisfies ExportedHandler<Env>;
