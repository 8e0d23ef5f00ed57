import { digestBytes } from "../../../core/digests.ts";
import { type ArtifactName, namespacePath, type Handle } from "../../../core/identifiers.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import type { Version } from "../../../core/versions.ts";
import type { Env } from "../../../workers/env.ts";
import { runCommand } from "../../../workers/objects/namespace-graph/client.ts";
import type { Seed } from "../protocol.ts";

/** Commands under way at once: the graph projects those that come together in one batch. */
const together = 20;

/** Publishes a seed's versions as the verb does, without its checks. Returns their digests in order. */
export async function publishVersions(env: Env, seed: Seed): Promise<string[]> {
  const digests: string[] = [];
  for (let from = seed.from; from < seed.to; from += together) {
    const minors = Array.from({ length: Math.min(together, seed.to - from) }, (_, i) => from + i);
    digests.push(...(await Promise.all(minors.map((minor) => publishVersion(env, seed, minor)))));
  }
  return digests;
}

async function publishVersion(env: Env, seed: Seed, minor: number): Promise<string> {
  const version = `1.${minor}.0` as Version;
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...seed.config },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...seed.layer }],
    annotations: { "org.opencontainers.image.version": version },
  });
  const bytes = new TextEncoder().encode(body);
  const digest = await digestBytes("sha256", bytes);
  const graph = env.GRAPHS.get(env.GRAPHS.idFromName(seed.namespaceId));
  const origin = {
    namespaceId: seed.namespaceId,
    namespace: namespacePath("users", seed.handle as Handle),
    userId: seed.userId,
  };
  const outcome = await runCommand(graph, "publishManifest", origin, {
    name: seed.name as ArtifactName,
    manifest: {
      digest,
      mediaType: mediaTypes.ociManifest,
      artifactType: null,
      size: bytes.byteLength,
      subject: null,
      annotations: null,
      objectKey: `seed/${digest}`,
      body,
      references: [seed.config.digest, seed.layer.digest] as never,
    },
    children: [],
    labels: [],
    version: { version, size: seed.config.size + seed.layer.size, manifest: {}, by: seed.handle },
    type: "module-oci",
    description: undefined,
  });
  if (!outcome.ok) throw new Error(`${version} was not published: ${outcome.error.message}`);
  return digest;
}
