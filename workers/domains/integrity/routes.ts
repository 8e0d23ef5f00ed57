import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { findingKinds, severities } from "./finding.ts";
import { rebuildProjection } from "./rebuild-projection.ts";
import { verifyRegistry } from "./verify-registry.ts";

const finding = z
  .object({
    kind: z.enum(findingKinds),
    severity: z.enum(severities),
    what: z.string(),
    message: z.string(),
    repaired: z.boolean(),
    remedy: z.string(),
  })
  .openapi("Finding");

const page = z
  .object({
    cursor: z.string().nullable(),
    checked: z.object({
      namespaces: z.int(),
      blobs: z.int(),
      manifests: z.int(),
      links: z.int(),
      objects: z.int(),
      bytes: z.int(),
    }),
    findings: z.array(finding),
  })
  .openapi("VerifyPage");

const verify = createRoute({
  method: "post",
  path: "/admin/verify",
  tags: ["administration"],
  summary: "Check the next page of metadata against objects and digests, and repair what is safe (operators)",
  security: signedIn,
  request: {
    body: jsonBody(
      z.object({
        cursor: z.string().max(2048).optional().openapi({ description: "From the page before; left out at first" }),
        repair: z.boolean().default(false),
        deep: z.boolean().default(false).openapi({ description: "Read every byte and compare it with its digest" }),
      }),
    ),
  },
  responses: { 200: json(page, "What was checked and found; cursor is null at the end"), ...problemResponse },
});

const rebuild = createRoute({
  method: "post",
  path: "/admin/rebuild",
  tags: ["administration"],
  summary: "Make the rows that are read again from the events of the namespaces (operators)",
  security: signedIn,
  request: {
    body: jsonBody(
      z.object({
        namespace: z.string().max(200).optional().openapi({ description: "`users/ann`; all when left out" }),
        cursor: z.string().max(200).optional().openapi({ description: "From the call before; left out at first" }),
      }),
    ),
  },
  responses: {
    200: json(
      z
        .object({
          cursor: z.string().nullable(),
          rebuilt: z.array(z.object({ namespace: z.string(), events: z.int() })),
        })
        .openapi("RebuildPage"),
      "What is complete; cursor is null at the end",
    ),
    ...problemResponse,
  },
});

/** Checking the registry against itself. */
export const integrityRoutes = restRouter()
  .openapi(verify, async (c) => {
    const { cursor, checked, findings } = await verifyRegistry(c.get("ctx"), c.req.valid("json"));
    return c.json({ cursor, checked: { ...checked }, findings: [...findings] }, 200);
  })
  .openapi(rebuild, async (c) => {
    const { cursor, rebuilt } = await rebuildProjection(c.get("ctx"), c.req.valid("json"));
    return c.json({ cursor, rebuilt: [...rebuilt] }, 200);
  });
