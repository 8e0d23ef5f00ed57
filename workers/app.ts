import { Hono } from "hono";
import { RegistryError } from "../core/errors.ts";
import { api } from "./api.ts";
import { seedRoutes } from "./domains/artifacts/seed-routes.ts";
import { jwksRoutes } from "./domains/auth/jwks-routes.ts";
import { healthRoutes } from "./http/health.ts";
import { problem } from "./http/problem.ts";
import { requestLog } from "./http/request-log.ts";
import type { SurfaceEnv } from "./http/surface.ts";
import { oci } from "./protocols/oci/index.ts";
import { scim } from "./protocols/scim/index.ts";
import { errorPage, web } from "./web/index.tsx";

/** All surfaces, in the order in which they are tried. */
export const app = new Hono<SurfaceEnv>()
  .use(requestLog)
  .route("/", healthRoutes)
  .route("/", jwksRoutes)
  .route("/v2/", oci)
  .route("/api/v1", api)
  .route("/scim/v2", scim)
  .route("/", seedRoutes)
  .route("/", web)
  .notFound((c) => {
    const error = new RegistryError("name_unknown", "There is nothing at this address.", {
      suggestions: ["The API is under /api/v1, OCI clients use /v2, and the first page is /."],
    });
    return c.req.header("accept")?.includes("text/html") ? errorPage(c, error) : problem(c, error);
  })
  .onError((error, c) => problem(c, error));
