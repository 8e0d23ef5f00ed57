import { artifactRoutes } from "./domains/artifacts/routes.ts";
import { authRoutes, setupRoutes } from "./domains/auth/routes.ts";
import { namespaceRoutes } from "./domains/namespaces/routes.ts";
import { withAccount } from "./http/authentication.ts";
import { problem } from "./http/problem.ts";
import { restRouter } from "./http/rest.ts";

/** What /api/v1/openapi.json says about the whole; `docs/openapi.json` is the same, checked for drift. */
export const openApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Gati Registry",
    version: "1",
    description: "Modules, plugins, models, agents, templates, snapshots and transformers. Errors are application/problem+json.",
  },
};

/** The REST API under /api/v1. */
export const api = restRouter();
api.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
  type: "http",
  scheme: "bearer",
  description: "An API key (gati_…) or the token of a sign-in",
});
api.doc31("/openapi.json", openApiDocument);
api.route("/", setupRoutes);
api.use(withAccount);
api.route("/", authRoutes);
api.route("/", namespaceRoutes);
api.route("/", artifactRoutes);
api.onError((error, c) => problem(c, error));
