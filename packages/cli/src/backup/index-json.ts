import type { Digest } from "../sdk.ts";
import type { LiveArtifact } from "./log-replay.ts";

interface IndexDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The `index.json` of the layout: one descriptor per tag, named `<repository>:<tag>`, and one without a name for each
 * manifest that no tag names, so that referrers are found and nothing counts as garbage.
 */
export function indexJson(artifacts: readonly LiveArtifact[]): string {
  const named: IndexDescriptor[] = [];
  const others = new Map<Digest, IndexDescriptor>();
  for (const { repository, manifests, tags } of artifacts) {
    for (const [digest, { mediaType, size }] of manifests) others.set(digest, { mediaType, digest, size });
    for (const [tag, digest] of [...tags].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      const manifest = manifests.get(digest);
      if (!manifest) continue;
      const { mediaType, size } = manifest;
      const annotations = { "org.opencontainers.image.ref.name": `${repository}:${tag}` };
      named.push({ mediaType, digest, size, annotations });
    }
  }
  for (const { digest } of named) others.delete(digest);
  const rest = [...others.values()].toSorted((one, other) => (one.digest < other.digest ? -1 : 1));
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [...named, ...rest],
  };
  return `${JSON.stringify(index, null, 2)}\n`;
}

/** What the logs amount to, for people and other tools: one line per artifact. */
export function* artifactLines(artifacts: readonly LiveArtifact[]): Generator<object> {
  for (const { repository, type, visibility, description, createdAt, tags, versions } of artifacts) {
    yield {
      repository,
      type,
      visibility,
      description,
      createdAt: new Date(createdAt).toISOString(),
      labels: Object.fromEntries([...tags].filter(([tag]) => !versions.has(tag)).toSorted()),
      versions: [...versions.values()].map(({ publishedAt, ...version }) => ({
        ...version,
        publishedAt: new Date(publishedAt).toISOString(),
      })),
    };
  }
}
