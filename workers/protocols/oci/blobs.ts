import { Hono } from "hono";
import { parseDigest } from "../../../core/digests.ts";
import { deleteBlob, readBlob } from "../../domains/blobs/index.ts";
import { sendContent } from "../../http/send-content.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { repositoryOf } from "./parameters.ts";

const digestOf = (c: SurfaceContext) => parseDigest(c.req.param("digest") ?? "");

/** Blobs by digest. GET, HEAD: whoever may pull. DELETE: whoever may delete. */
export const blobRoutes = new Hono<SurfaceEnv>()
  .get("/:name{.+}/blobs/:digest", async (c) => {
    const blob = await readBlob(c.get("ctx"), repositoryOf(c), digestOf(c));
    return sendContent(c, blob, { "Docker-Content-Digest": blob.digest });
  })
  .delete("/:name{.+}/blobs/:digest", async (c) => {
    await deleteBlob(c.get("ctx"), repositoryOf(c), digestOf(c));
    return c.body(null, 202);
  });
