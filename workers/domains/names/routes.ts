import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { allowedNames, allowName, refuseName } from "./allow-name.ts";

const tags = ["administration"];
const path = "/admin/names";
const name = z.string().max(200).openapi({ description: "A handle, or an artifact such as orgs/acme/thing" });

const routes = {
  list: createRoute({
    method: "get",
    path,
    tags,
    summary: "Names that are allowed although they look like others (operators)",
    security: signedIn,
    responses: {
      200: json(
        z.object({ names: z.array(z.object({ name: z.string(), allowedBy: z.string(), allowedAt: z.string() })) }),
        "Allowed names",
      ),
      ...problemResponse,
    },
  }),
  allow: createRoute({
    method: "post",
    path,
    tags,
    summary: "Allow a name although it looks like another one, or take that back (operators)",
    security: signedIn,
    request: { body: jsonBody(z.strictObject({ name, allowed: z.boolean() })) },
    responses: { 200: json(z.object({ name: z.string(), allowed: z.boolean() }), "How it stands"), ...problemResponse },
  }),
};

/** What operators decide about names. */
export const nameRoutes = restRouter()
  .openapi(routes.list, async (c) => {
    const names = await allowedNames(c.get("ctx"));
    return c.json({ names: names.map((one) => ({ ...one, allowedAt: one.allowedAt.toISOString() })) }, 200);
  })
  .openapi(routes.allow, async (c) => {
    const { name: wanted, allowed } = c.req.valid("json");
    if (allowed) await allowName(c.get("ctx"), wanted);
    else await refuseName(c.get("ctx"), wanted);
    return c.json({ name: wanted, allowed }, 200);
  });
