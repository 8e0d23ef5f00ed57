import { type Digest, digestAlgorithm, digestBytes, isDigest } from "../../../../core/digests.ts";
import type { Repository } from "../../../../core/identifiers.ts";
import { mediaTypes } from "../../../../core/media-types.ts";
import { ApiError } from "../errors.ts";
import type { OciContext } from "./context.ts";

const accepted = [
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
].join(", ");

export interface FetchedManifest {
  /** The exact bytes: re-encoding them would change the digest. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
}

/**
 * Fetches a manifest by digest or tag. The bytes are hashed: asked for by digest they must match it, asked for by
 * tag they must match what the registry stated. Throws `ApiError` `manifest_unknown` or `digest_invalid`.
 */
export async function getManifest(
  context: OciContext,
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  const target = `/v2/${repository}/manifests/${reference}`;
  const response = await context.transport.send({ method: "GET", target, headers: { accept: accepted }, signal });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const stated = isDigest(reference) ? reference : (response.headers.get("docker-content-digest") ?? undefined);
  const expected = stated !== undefined && isDigest(stated) ? stated : undefined;
  const digest = await digestBytes(expected ? digestAlgorithm(expected) : "sha256", bytes);
  if (expected !== undefined && digest !== expected) {
    throw new ApiError("digest_invalid", `What the registry sent is not the manifest ${expected}.`, {
      details: { expected, actual: digest },
      suggestions: [
        "Run the command again. If it happens again, report it to the registry's operator: nothing was kept.",
      ],
    });
  }
  return { bytes, digest, mediaType: response.headers.get("content-type") ?? mediaTypes.ociManifest };
}

/** Stores a manifest under a tag or its own digest; resolves to its digest. A version tag is immutable (`version_exists`). */
export async function putManifest(
  context: OciContext,
  repository: Repository,
  reference: string,
  bytes: Uint8Array,
  mediaType: string = mediaTypes.ociManifest,
): Promise<Digest> {
  await context.transport.send({
    method: "PUT",
    target: `/v2/${repository}/manifests/${reference}`,
    headers: { "content-type": mediaType },
    body: bytes,
  });
  return digestBytes("sha256", bytes);
}
