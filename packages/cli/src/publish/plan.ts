import {
  buildImageManifest,
  bytesSource,
  type BlobSource,
  type Descriptor,
  type Digest,
  digestBytes,
  encodeGatiManifest,
  fileSource,
  type GatiManifest,
  mediaTypes,
} from "../sdk.ts";
import type { LayerFile } from "./layers.ts";

/** A blob to upload; `open` may be called again for another try. */
export interface PlannedBlob {
  readonly digest: Digest;
  readonly size: number;
  open(): Promise<BlobSource & { close?: () => Promise<void> }>;
}

/** Everything that one publish sends, known before the first request: the digest of a version is no surprise. */
export interface PublishPlan {
  readonly manifest: GatiManifest;
  readonly blobs: readonly PlannedBlob[];
  /** Bytes of the OCI manifest. */
  readonly image: Uint8Array;
  readonly imageMediaType: string;
  readonly digest: Digest;
  readonly layers: readonly Descriptor[];
  /** Manifests below an image index, which must be there first. */
  readonly children?: readonly { readonly digest: Digest; readonly mediaType: string; readonly bytes: Uint8Array }[];
}

/** Bytes of the version as the registry counts them: config and layers, or what an index names, each once. */
export function sizeOf({ image }: Pick<PublishPlan, "image">): number {
  const { config, layers, manifests } = JSON.parse(new TextDecoder().decode(image)) as {
    config?: Descriptor;
    layers?: readonly Descriptor[];
    manifests?: readonly Descriptor[];
  };
  const parts = [...(config ? [config] : []), ...(layers ?? []), ...(manifests ?? [])];
  const sizes = new Map(parts.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function memoryBlob(bytes: Uint8Array): Promise<PlannedBlob> {
  return {
    digest: await digestBytes("sha256", bytes),
    size: bytes.length,
    open: () => Promise.resolve(bytesSource(bytes)),
  };
}

/** What any OCI client shows about the version (OCI image-spec, annotations.md). */
function annotationsOf(manifest: GatiManifest): Record<string, string> {
  const { name, version, description, license, repository, homepage } = manifest;
  return {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    ...(description === undefined ? {} : { "org.opencontainers.image.description": description }),
    ...(license === undefined ? {} : { "org.opencontainers.image.licenses": license }),
    ...(repository === undefined ? {} : { "org.opencontainers.image.source": repository }),
    ...(homepage === undefined ? {} : { "org.opencontainers.image.url": homepage }),
  };
}

/** Makes the plan for a Gati manifest with its layers. Pure apart from hashing: same input, same digest. */
export async function planPublish(manifest: GatiManifest, files: readonly LayerFile[]): Promise<PublishPlan> {
  const config = await memoryBlob(encodeGatiManifest(manifest));
  // OCI image-spec, "Guidelines for Artifact Usage": without content there is one empty layer, `{}`.
  const empty = await memoryBlob(new TextEncoder().encode("{}"));
  const layers =
    files.length > 0
      ? files.map((file) => file.descriptor)
      : [{ mediaType: mediaTypes.ociEmpty, digest: empty.digest, size: empty.size }];
  const image = buildImageManifest({
    type: manifest.type,
    config: { mediaType: mediaTypes.gatiManifest, digest: config.digest, size: config.size },
    layers,
    annotations: annotationsOf(manifest),
  });
  const content = files.map(({ descriptor, path }): PlannedBlob => ({
    digest: descriptor.digest,
    size: descriptor.size,
    open: () => fileSource(path),
  }));
  return {
    manifest,
    // The config comes last: a registry that shows unfinished pushes never shows a manifest without its content.
    blobs: [...content, ...(files.length === 0 ? [empty] : []), config],
    image,
    imageMediaType: mediaTypes.ociManifest,
    digest: await digestBytes("sha256", image),
    layers,
  };
}
