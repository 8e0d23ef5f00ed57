import { queue } from "../queues/index.ts";
import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { scheduled } from "./scheduled.ts";

export { NamespaceGraph } from "./objects/namespace-graph/index.ts";
export { RateCounter } from "./objects/rate-counter/index.ts";
export { UploadSession } from "./objects/upload-session/index.ts";

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: (event, env) => scheduled(event, env),
  queue: (batch, env) => queue(batch, env),
} satisfies ExportedHandler<Env>;
