import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import { type Descriptor, parseOciManifest } from "../../../core/oci-manifest.ts";
import type { Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import type { VersionSummary } from "./read-artifact.ts";
import { openManifest } from "./read-manifest.ts";
import { readRepository } from "../repositories/index.ts";
import type { Publisher } from "../verification/index.ts";
import { versionQuery } from "./store.ts";

export interface ContentDescriptor {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** File name, when the publisher gave one. */
  readonly title?: string;
}

export interface VersionDetails extends VersionSummary {
  readonly namespace: string;
  readonly name: string;
  readonly repository: string;
  readonly type: string;
  readonly mediaType: string;
  /** Normalised Gati manifest. */
  readonly manifest: unknown;
  readonly config: ContentDescriptor | null;
  readonly layers: readonly ContentDescriptor[];
  /** What its namespace has proved to be. */
  readonly publisher: Publisher;
}

const title = "org.opencontainers.image.title";

function content(descriptor: Descriptor): ContentDescriptor {
  const { digest, size, mediaType, annotations } = descriptor;
  const name = annotations?.[title];
  return { digest, size, mediaType, ...(name ? { title: name } : {}) };
}

/** One published version with what it is made of; members also get one that waits. Errors: `name_unknown`, `version_unknown`, `version_gone`. */
export async function readVersion(ctx: Context, parts: RepositoryParts, version: Version): Promise<VersionDetails> {
  const { repository, rows } = await readRepository(ctx, parts, (db) => versionQuery(db, parts, version));
  const row = rows[0];
  if (!row || (row.state === "pending" && !repository.insider)) {
    throw new RegistryError("version_unknown", `${parts.repository} has no version ${version}.`, {
      suggestions: ["List the versions to see what is there."],
    });
  }
  if (row.state === "unpublished" || row.objectKey === null || row.mediaType === null) {
    throw new RegistryError("version_gone", `Version ${version} of ${parts.repository} was unpublished.`, {
      suggestions: ["Choose another version."],
    });
  }
  const bytes = await new Response(await openManifest(ctx, { objectKey: row.objectKey, body: row.body })).arrayBuffer();
  const oci = parseOciManifest(new Uint8Array(bytes), row.mediaType);
  return {
    namespace: `${parts.kind}/${parts.handle}`,
    name: parts.name,
    repository: parts.repository,
    type: row.type,
    version: row.version,
    digest: row.digest,
    size: row.size,
    state: row.state,
    deprecation: row.deprecation,
    publishedAt: row.publishedAt.toISOString(),
    publishedBy: row.publishedBy,
    downloads: row.downloads,
    mediaType: row.mediaType,
    manifest: row.manifest,
    publisher: row.publisher,
    config: oci.config ? content(oci.config) : null,
    layers: (oci.kind === "index" ? oci.manifests : oci.layers).map(content),
  };
}

/**
 * The layer that a plain download of the version yields: the one asked for, or its only content.
 * Errors: `invalid_request` when there are several and none is chosen, `blob_unknown` for a layer of something else.
 */
export function chooseLayer(version: VersionDetails, wanted: Digest | undefined): ContentDescriptor {
  const [first, ...others] = version.layers;
  if (wanted) {
    const found = version.layers.find((layer) => layer.digest === wanted);
    if (found) return found;
    throw new RegistryError("blob_unknown", `${wanted} is no layer of this version.`, {
      details: { layers: version.layers },
      suggestions: ["Choose one of the layers."],
    });
  }
  if (first && others.length === 0) return first;
  throw new RegistryError(
    "invalid_request",
    first ? "This version has several layers." : "This version has no content to download.",
    {
      details: { layers: version.layers },
      suggestions: ["Choose one with ?layer=<digest>, or pull the version with an OCI client."],
    },
  );
}
