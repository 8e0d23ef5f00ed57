import { Hono } from "hono";
import { settingsOf } from "../../env.ts";
import type { SurfaceEnv } from "../../http/surface.ts";
import { publicKeys } from "./key-ring.ts";

/** A new key has to be known before it signs (docs/operations.md), so five minutes late is early enough. */
const caching = "public, max-age=300";

/** The public keys of the registry's tokens, open to everybody. */
export const jwksRoutes = new Hono<SurfaceEnv>().get("/.well-known/jwks.json", (c) =>
  c.json(publicKeys(settingsOf(c.env)), 200, { "Cache-Control": caching, "Access-Control-Allow-Origin": "*" }),
);
