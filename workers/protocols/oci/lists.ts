import { Hono } from "hono";
import { type Digest, parseDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import { listReferrers, listRepositories, listTags } from "../../domains/artifacts/index.ts";
import { renamedTo } from "../../domains/repositories/index.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { linkNext, pageSize, repositoryOf } from "./parameters.ts";

/** Entries of one answer when the client names no number: clients that never page still see everything realistic. */
const mostEntries = 10_000;

async function referrersOf(c: SurfaceContext, subject: Digest) {
  const page = { artifactType: c.req.query("artifactType") || undefined, last: c.req.query("last") };
  try {
    return await listReferrers(c.get("ctx"), repositoryOf(c), subject, page);
  } catch (error) {
    // This endpoint never answers 404: an unseen repository simply has no referrers.
    const unseen = error instanceof RegistryError && error.code === "name_unknown" && c.req.header("authorization");
    // Under a former name it is answered by the repository that has another one now, as every read.
    if (unseen && !(await renamedTo(c.get("ctx"), repositoryOf(c)))) return { referrers: [], next: undefined };
    throw error;
  }
}

/** Lists. Tags and referrers: whoever may pull. Catalog: everybody, each sees what they may pull. */
export const listRoutes = new Hono<SurfaceEnv>()
  .get("/_catalog", async (c) => {
    const n = pageSize(c, mostEntries);
    const { items, next } = await listRepositories(c.get("ctx"), c.req.query("last"), n);
    if (next !== undefined) linkNext(c, { n: String(n), last: next });
    return c.json({ repositories: items }, 200, { "Cache-Control": "no-store" });
  })
  .get("/:name{.+}/tags/list", async (c) => {
    const parts = repositoryOf(c);
    const n = pageSize(c, mostEntries);
    const { items, next } = await listTags(c.get("ctx"), parts, c.req.query("last"), n);
    if (next !== undefined) linkNext(c, { n: String(n), last: next });
    return c.json({ name: parts.repository, tags: items }, 200, { "Cache-Control": "no-cache" });
  })
  .get("/:name{.+}/referrers/:digest", async (c) => {
    const { referrers, next } = await referrersOf(c, parseDigest(c.req.param("digest")));
    if (next !== undefined) linkNext(c, { last: next });
    if (c.req.query("artifactType")) c.header("OCI-Filters-Applied", "artifactType");
    const body = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: referrers };
    return c.body(JSON.stringify(body), 200, { "Content-Type": mediaTypes.ociIndex, "Cache-Control": "no-cache" });
  });
