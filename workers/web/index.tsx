import { Hono } from "hono";
import type { SurfaceEnv } from "../http/surface.ts";

/** Server-rendered pages. Open to everybody; they show what strangers may see. */
export const web = new Hono<SurfaceEnv>();
