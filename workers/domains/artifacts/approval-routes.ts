import { createRoute, z } from "@hono/zod-openapi";
import { parseDigest } from "../../../core/digests.ts";
import { parseArtifactName, parseHandle, repositoryParts } from "../../../core/identifiers.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { artifactParams } from "./schemas.ts";
import { listHeld, settleHeld } from "./settle-held.ts";

const tags = ["organisations"];
const held = z
  .object({
    repository: z.string(),
    digest: z.string(),
    tags: z.array(z.string()).openapi({ description: "The version and labels that it gets when it is released" }),
    reasons: z.array(z.string()),
    heldBy: z.string(),
    heldAt: z.string(),
    own: z.boolean().openapi({ description: "Whether the caller pushed it, and so cannot settle it" }),
  })
  .openapi("HeldContent");

const routes = {
  list: createRoute({
    method: "get",
    path: "/namespaces/{kind}/{handle}/approvals",
    tags,
    summary: "What waits to be released, oldest first (members, for the artifacts that they see)",
    security: signedIn,
    request: {
      params: z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() }),
      query: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(50),
        cursor: z.string().max(200).optional(),
      }),
    },
    responses: {
      200: json(z.object({ held: z.array(held), next: z.string().nullable() }), "A page"),
      ...problemResponse,
    },
  }),
  settle: createRoute({
    method: "post",
    path: "/artifacts/{kind}/{handle}/{name}/approvals/{digest}",
    tags,
    summary: "Release or reject content that waits (role admin, and not who pushed it)",
    security: signedIn,
    request: {
      params: artifactParams.extend({ digest: z.string() }),
      body: jsonBody(z.object({ decision: z.enum(["release", "reject"]) })),
    },
    responses: {
      200: json(z.object({ digest: z.string(), tags: z.array(z.string()) }), "Settled"),
      ...problemResponse,
    },
  }),
};

/** Content that waits for a second person. */
export const approvalRoutes = restRouter()
  .openapi(routes.list, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const { limit, cursor } = c.req.valid("query");
    const page = await listHeld(c.get("ctx"), kind, handle, { limit, cursor });
    const plain = page.held.map((one) => ({ ...one, tags: [...one.tags], reasons: [...one.reasons] }));
    return c.json({ held: plain, next: page.next }, 200);
  })
  .openapi(routes.settle, async (c) => {
    const { kind, handle, name, digest: text } = c.req.valid("param");
    const digest = parseDigest(text);
    const parts = repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
    const settled = await settleHeld(c.get("ctx"), parts, digest, c.req.valid("json").decision);
    return c.json({ digest, tags: [...settled.tags] }, 200);
  });
