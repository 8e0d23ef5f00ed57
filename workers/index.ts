import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { NamespaceGraph } from "./objects/namespace-graph/index.ts";
export { UploadSession } from "./objects/upload-session/index.ts";

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
} satisfies ExportedHandler<Env>;
