import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { runGarbageCollection } from "./run-garbage-collection.ts";

const report = z
  .object({
    dryRun: z.boolean(),
    examined: z.int(),
    links: z.int(),
    blobs: z.int(),
    bytes: z.int(),
    objects: z.int(),
  })
  .openapi("GarbageReport");

const gc = createRoute({
  method: "post",
  path: "/admin/gc",
  tags: ["administration"],
  summary: "Collect garbage now, or say what would be collected (operators)",
  security: signedIn,
  request: { body: jsonBody(z.object({ dryRun: z.boolean().default(false) })) },
  responses: { 200: json(report, "What was, or would be, removed"), ...problemResponse },
});

/** What operators do. Every operation needs an operator account and the scope admin. */
export const administrationRoutes = restRouter().openapi(gc, async (c) =>
  c.json(await runGarbageCollection(c.get("ctx"), c.req.valid("json")), 200),
);
