import { createMiddleware } from "hono/factory";
import { openDirectory } from "../../domains/sso/index.ts";
import { contextFor } from "../../http/authentication.ts";
import { originOf } from "../../http/origin.ts";
import { readBody } from "../../http/read-body.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { faulty, scimMediaType, understood } from "./errors.ts";

/** Groups with thousands of members; nothing else comes near it. */
const maxBody = 256 * 1024;

/** Lets only the token of this very organisation's directory in; nothing else about the caller counts. */
export const withDirectory = createMiddleware<SurfaceEnv>(async (c, next) => {
  const ctx = await contextFor(c, { kind: "none" });
  const [, token] = /^bearer +(\S{1,200}) *$/i.exec(c.req.header("authorization") ?? "") ?? [];
  c.set("ctx", ctx);
  c.set("directory", await openDirectory(ctx, c.req.param("handle") ?? "", token));
  await next();
});

/** The body as JSON, whatever it calls itself: directories send `application/scim+json` and `application/json`. */
export async function jsonOf(c: SurfaceContext): Promise<unknown> {
  const bytes = await readBody(c.req.raw, maxBody, "payload_too_large");
  const found: unknown = understood("invalidSyntax", () => JSON.parse(new TextDecoder().decode(bytes)));
  if (typeof found === "object" && found !== null && !Array.isArray(found)) return found;
  throw faulty("invalidSyntax", "The body has to be a JSON object.");
}

/** Where the directory's resources are. */
export const baseOf = (c: SurfaceContext) => `${originOf(c)}/scim/v2/orgs/${c.get("directory").sso.handle}`;

export function answer(c: SurfaceContext, body: unknown, status: 200 | 201 = 200, location?: string): Response {
  const headers: Record<string, string> = { "Content-Type": scimMediaType, "Cache-Control": "no-store" };
  if (location !== undefined) headers["Location"] = location;
  return c.body(JSON.stringify(body), status, headers);
}
