import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import { withActor } from "../../http/authentication.ts";
import type { SurfaceEnv } from "../../http/surface.ts";
import { blobRoutes } from "./blobs.ts";
import { directUploadRoutes } from "./direct-uploads.ts";
import { ociError } from "./errors.ts";
import { listRoutes } from "./lists.ts";
import { manifestRoutes } from "./manifests.ts";
import { answeredUnderNewName } from "./renamed.ts";
import { tokenRoutes } from "./token.ts";
import { uploadRoutes } from "./uploads.ts";

/** OCI distribution-spec 1.1 under /v2. */
export const oci: Hono<SurfaceEnv> = new Hono<SurfaceEnv>()
  .use(async (c, next) => {
    await next();
    c.header("Docker-Distribution-API-Version", "registry/2.0");
  })
  .route("/", tokenRoutes)
  .use(withActor)
  .get("/", (c) => {
    const { actor } = c.get("ctx");
    // Clients learn only from this answer whether credentials are wanted, so a stranger is always challenged here.
    if (actor.kind === "anonymous" && !actor.token) {
      throw new RegistryError("unauthenticated", "Sign in, or fetch an anonymous token.", {
        suggestions: ["Follow the WWW-Authenticate header."],
      });
    }
    return c.json({});
  })
  .route("/", uploadRoutes)
  .route("/", directUploadRoutes)
  .route("/", listRoutes)
  .route("/", blobRoutes)
  .route("/", manifestRoutes)
  .all("*", () => {
    throw new RegistryError("unsupported", "The registry has no such endpoint.", {
      suggestions: ["See the OCI distribution-spec."],
    });
  })
  .onError(async (error, c) => (await answeredUnderNewName(c, error, oci)) ?? ociError(c, error));
