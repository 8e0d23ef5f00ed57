import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import type { SurfaceEnv } from "../../http/surface.ts";
import { withDirectory } from "./directory.ts";
import { discoveryRoutes } from "./discovery.ts";
import { scimError } from "./errors.ts";
import { groupRoutes } from "./groups.ts";
import { userRoutes } from "./users.ts";

/** SCIM 2.0 (RFC 7643 and 7644) under /scim/v2/orgs/<handle>: for the directory of one organisation, by its token. */
export const scim = new Hono<SurfaceEnv>()
  .use("/orgs/:handle/*", withDirectory)
  .route("/orgs/:handle", discoveryRoutes)
  .route("/orgs/:handle", userRoutes)
  .route("/orgs/:handle", groupRoutes)
  .all("*", (c) => {
    throw new RegistryError("name_unknown", `There is nothing for ${c.req.method} at this address.`, {
      suggestions: ["The base address is /scim/v2/orgs/<handle>; /ResourceTypes lists what it has."],
    });
  })
  .onError((error, c) => scimError(c, error));
