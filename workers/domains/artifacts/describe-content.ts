import { artifactTypeFromMediaType, artifactTypeMediaType, type ArtifactType } from "../../../core/artifact-types.ts";
import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import { deriveOciManifest } from "../../../core/manifests/derive.ts";
import { decodeGatiManifest, type GatiManifest } from "../../../core/manifests/gati.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import type { OciManifest } from "../../../core/oci-manifest.ts";
import type { Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import { openSegments } from "../../storage/segments.ts";
import { findLinkedBlob } from "../blobs/index.ts";

/** A Gati manifest or image config is small; anything larger is not read into memory. */
const maxConfigSize = 1024 * 1024;

/** The type that content has, as far as its manifest alone tells. */
export function typeOf(manifest: OciManifest): ArtifactType {
  return artifactTypeFromMediaType(manifest.artifactType) ?? "module-oci";
}

/**
 * What a version declares: its Gati manifest, or one derived for an image that has none.
 * Errors: `manifest_invalid` when the Gati manifest is faulty or speaks of another name, version or type.
 */
export async function describeVersion(
  ctx: Context,
  parts: RepositoryParts,
  version: Version,
  manifest: OciManifest,
): Promise<GatiManifest> {
  const { config } = manifest;
  const bytes = config && (await configBytes(ctx, parts, config.digest));
  if (config?.mediaType !== mediaTypes.gatiManifest) {
    return deriveOciManifest(parts, version, manifest.annotations, bytes && parseLoosely(bytes));
  }
  if (!bytes) {
    throw new RegistryError("manifest_invalid", `The Gati manifest is larger than ${maxConfigSize} bytes.`, {
      suggestions: ["Move large content into a layer."],
    });
  }
  const gati = decodeGatiManifest(bytes);
  const faults = [
    ...(gati.name === parts.name ? [] : [`name ${gati.name} (expected ${parts.name})`]),
    ...(gati.version === version ? [] : [`version ${gati.version} (expected ${version})`]),
    ...(manifest.artifactType === artifactTypeMediaType(gati.type)
      ? []
      : [`type ${gati.type} (artifactType is ${manifest.artifactType})`]),
  ];
  if (faults.length === 0) return gati;
  throw new RegistryError(
    "manifest_invalid",
    `The Gati manifest does not match where it is published: ${faults.join(", ")}.`,
    {
      suggestions: ["Publish under the name and version that the manifest states, or correct the manifest."],
    },
  );
}

async function configBytes(ctx: Context, parts: RepositoryParts, digest: Digest): Promise<Uint8Array | undefined> {
  const blob = await findLinkedBlob(ctx.db, parts.repository, digest);
  if (!blob || blob.size > maxConfigSize) return undefined;
  const stream = await openSegments(ctx.blobs, blob.segments, { offset: 0, length: blob.size });
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** An image's config may be anything; only a JSON object says something about the image. */
function parseLoosely(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
