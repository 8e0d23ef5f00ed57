import { app } from "./app.ts";
import type { Env } from "./env.ts";
import { scheduled } from "./scheduled.ts";

export { NamespaceGraph } from "./objects/namespace-graph/index.ts";
export { UploadSession } from "./objects/upload-session/index.ts";

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: (_event, env) => scheduled(env),
} satisfies ExportedHandler<Env>;
