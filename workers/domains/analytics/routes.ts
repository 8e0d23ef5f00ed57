import { createRoute, z } from "@hono/zod-openapi";
import { parseArtifactName, parseHandle, repositoryParts } from "../../../core/identifiers.ts";
import { parseVersion } from "../../../core/versions.ts";
import { json, open, problemResponse, restRouter } from "../../http/rest.ts";
import { readDownloads } from "./read-downloads.ts";

const downloadsSchema = z
  .object({
    total: z.int().openapi({ description: "Downloads of all these days together" }),
    days: z.array(z.object({ day: z.string(), downloads: z.int() })),
  })
  .openapi("Downloads");

const downloads = createRoute({
  method: "get",
  path: "/artifacts/{kind}/{handle}/{name}/downloads",
  tags: ["artifacts"],
  summary: "Downloads by day (UTC), oldest first, up to today",
  description: "A download is one GET of a manifest over OCI, or of a version's content. It shows after a few seconds.",
  security: open,
  request: {
    params: z.object({ kind: z.enum(["users", "orgs"]), handle: z.string(), name: z.string() }),
    query: z.object({
      days: z.coerce.number().int().min(1).max(365).default(30),
      version: z.string().optional().openapi({ description: "Only of this version" }),
    }),
  },
  responses: { 200: json(downloadsSchema, "Downloads"), ...problemResponse },
});

/** What is known about downloads: open to whoever may read the artifact. */
export const analyticsRoutes = restRouter().openapi(downloads, async (c) => {
  const { kind, handle, name } = c.req.valid("param");
  const { days, version } = c.req.valid("query");
  const parts = repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
  const wanted = version === undefined ? undefined : parseVersion(version);
  const { total, days: series } = await readDownloads(c.get("ctx"), parts, { days, version: wanted });
  return c.json({ total, days: [...series] }, 200);
});
