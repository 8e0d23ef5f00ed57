import { Hono } from "hono";
import { isDigestAlgorithm, parseDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { isRepository, parseRepository, type RepositoryParts } from "../../../core/identifiers.ts";
import {
  appendChunk,
  cancelUpload,
  completeUpload,
  mountBlob,
  putBlob,
  startUpload,
  type UploadReference,
  uploadStatus,
} from "../../domains/blobs/index.ts";
import type { Context } from "../../context.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { partsLocation } from "./direct-uploads.ts";
import { uploadRange } from "./errors.ts";
import { chunkOf, locationOf, queryDigest, repositoryOf, uploadName, uploadOf } from "./parameters.ts";

/** Smaller chunks than this cost more round trips than they save. */
const minimumChunk = 1024 * 1024;

function standing(parts: RepositoryParts, upload: UploadReference, offset: number): Record<string, string> {
  return {
    Location: locationOf(parts, `blobs/uploads/${uploadName(upload)}`),
    Range: uploadRange(offset),
    // The Range of an empty upload and of one with a single byte look the same; this one does not.
    "OCI-Upload-Offset": String(offset),
    "Docker-Upload-UUID": upload.id,
    "Content-Length": "0",
  };
}

/** What a client may do with a fresh upload beyond the distribution-spec's defaults. */
function announced(ctx: Context, parts: RepositoryParts, upload: UploadReference): Record<string, string> {
  const { maxBody } = ctx.settings;
  return {
    "OCI-Chunk-Min-Length": String(minimumChunk),
    ...(maxBody === undefined ? {} : { "OCI-Chunk-Max-Length": String(maxBody) }),
    ...(ctx.blobs.direct ? { "Gati-Parts": partsLocation(parts, upload) } : {}),
  };
}

const stored = (parts: RepositoryParts, digest: string) => ({
  Location: locationOf(parts, `blobs/${digest}`),
  "Docker-Content-Digest": digest,
});

function algorithmOf(c: SurfaceContext) {
  const wanted = c.req.query("digest-algorithm") ?? "sha256";
  if (isDigestAlgorithm(wanted)) return wanted;
  throw new RegistryError("digest_invalid", `"${wanted.slice(0, 40)}" is not a digest algorithm of this registry.`, {
    suggestions: ["Use sha256 or sha512."],
  });
}

async function begin(c: SurfaceContext): Promise<Response> {
  const ctx = c.get("ctx");
  const parts = repositoryOf(c);
  const mount = c.req.query("mount");
  const from = c.req.query("from");
  if (mount !== undefined) {
    const digest = parseDigest(mount);
    // Without `from` nothing is guessed: a blob of somebody else's repository stays out of reach. A `from` that no
    // repository here can be called, such as library/busybox, is one more that does not have the blob.
    if (from && isRepository(from) && (await mountBlob(ctx, parts, parseRepository(from), digest))) {
      return c.body(null, 201, stored(parts, digest));
    }
  } else if (c.req.query("digest") !== undefined) {
    const digest = queryDigest(c, "digest");
    await putBlob(ctx, parts, chunkOf(c), digest);
    return c.body(null, 201, stored(parts, digest));
  }
  const upload = await startUpload(ctx, parts, algorithmOf(c));
  return c.body(null, 202, { ...standing(parts, upload, 0), ...announced(ctx, parts, upload) });
}

/** Uploads. All methods: whoever may push, and only the user who started the upload. */
export const uploadRoutes = new Hono<SurfaceEnv>()
  .post("/:name{.+}/blobs/uploads", begin)
  .post("/:name{.+}/blobs/uploads/", begin)
  .get("/:name{.+}/blobs/uploads/:upload", async (c) => {
    const parts = repositoryOf(c);
    const upload = uploadOf(c);
    const status = await uploadStatus(c.get("ctx"), parts, upload);
    if ("offset" in status) return c.body(null, 204, standing(parts, upload, status.offset));
    return c.body(null, 201, stored(parts, status.finished));
  })
  .patch("/:name{.+}/blobs/uploads/:upload", async (c) => {
    const parts = repositoryOf(c);
    const { upload, offset } = await appendChunk(c.get("ctx"), parts, uploadOf(c), chunkOf(c));
    return c.body(null, 202, standing(parts, upload, offset));
  })
  .put("/:name{.+}/blobs/uploads/:upload", async (c) => {
    const parts = repositoryOf(c);
    const digest = queryDigest(c, "digest");
    await completeUpload(c.get("ctx"), parts, uploadOf(c), chunkOf(c), digest);
    return c.body(null, 201, stored(parts, digest));
  })
  .delete("/:name{.+}/blobs/uploads/:upload", async (c) => {
    await cancelUpload(c.get("ctx"), repositoryOf(c), uploadOf(c));
    return c.body(null, 204);
  });
