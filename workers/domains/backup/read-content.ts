import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { ImmutableContent } from "../../http/send-content.ts";
import type { ByteRange } from "../../storage/index.ts";
import { openSegments } from "../../storage/segments.ts";
import { requireOperator } from "../auth/index.ts";
import { blobPage, findBlob, findManifest } from "./store.ts";

const pageSize = 1000;

/** Every blob of the registry with its size, a page at a time. Errors: `denied`. */
export async function listBlobs(ctx: Context, cursor: string | undefined) {
  requireOperator(ctx.actor);
  const blobs = await blobPage(ctx.db, cursor, pageSize);
  return { blobs, next: blobs.length < pageSize ? null : (blobs.at(-1)?.digest ?? null) };
}

/** A blob, whoever has it. Errors: `denied`, `blob_unknown`. */
export async function readAnyBlob(ctx: Context, digest: Digest): Promise<ImmutableContent> {
  requireOperator(ctx.actor);
  const blob = await findBlob(ctx.db, digest);
  if (!blob) throw gone("blob_unknown", `There is no blob ${digest}.`);
  return {
    digest,
    size: blob.size,
    isPublic: false,
    open: (range) => openSegments(ctx.blobs, blob.segments, range),
  };
}

/** A manifest's exact bytes, whoever has it. Errors: `denied`, `manifest_unknown`, `unavailable`. */
export async function readAnyManifest(ctx: Context, artifactId: string, digest: Digest): Promise<ImmutableContent> {
  requireOperator(ctx.actor);
  const manifest = await findManifest(ctx.db, artifactId, digest);
  if (!manifest) throw gone("manifest_unknown", `There is no manifest ${digest}.`);
  const segments = [{ key: manifest.objectKey, size: manifest.size }];
  const open = (range: ByteRange) => openSegments(ctx.blobs, segments, range);
  return { digest, size: manifest.size, isPublic: false, open };
}

const gone = (code: "blob_unknown" | "manifest_unknown", message: string) =>
  new RegistryError(code, message, { suggestions: ["It was deleted meanwhile: read the logs again."] });
