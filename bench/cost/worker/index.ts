/**
 * The registry's worker with a meter around everything that Cloudflare bills: its app and its Durable Objects are the
 * real ones, and see bindings that count. `GET /__cost` tells and resets the counts, so requests are measured one by one.
 */
import { app } from "../../../workers/app.ts";
import type { Env } from "../../../workers/env.ts";
import { NamespaceGraph as Graph } from "../../../workers/objects/namespace-graph/index.ts";
import { UploadSession as Upload } from "../../../workers/objects/upload-session/index.ts";
import { meteredBucket } from "./bucket.ts";
import { meteredDatabase } from "./database.ts";
import { takeCost } from "./meter.ts";
import { meteredNamespace, watchStorage } from "./objects.ts";
import type { Seed } from "../protocol.ts";
import { publishVersions } from "./seed.ts";

const known = new WeakMap<Env, Env>();

/** The bindings that count; the same ones for every request, as an isolate's are. */
function meteredEnv(env: Env): Env {
  let metered = known.get(env);
  if (!metered) {
    metered = {
      ...env,
      DB: meteredDatabase(env.DB),
      BLOBS: meteredBucket(env.BLOBS),
      UPLOADS: meteredNamespace(env.UPLOADS),
      GRAPHS: meteredNamespace(env.GRAPHS),
    };
    known.set(env, metered);
  }
  return metered;
}

export class NamespaceGraph extends Graph {
  constructor(ctx: DurableObjectState, env: Env) {
    watchStorage(ctx.storage);
    super(ctx, meteredEnv(env));
  }
}

export class UploadSession extends Upload {
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
    return app.fetch(request, meteredEnv(env), ctx);
  },
} satisfies ExportedHandler<Env>;
