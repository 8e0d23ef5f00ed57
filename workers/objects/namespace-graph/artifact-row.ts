import type { Version } from "../../../core/versions.ts";
import type { ArtifactName, NamespacePath, Repository } from "../../../core/identifiers.ts";
import type { ArtifactRow, Change, VersionState } from "./events.ts";
import type { ArtifactState, GraphState } from "./state.ts";

const counted: readonly VersionState[] = ["published", "deprecated", "yanked"];

/** The version that `latest` follows: highest stable published one; deprecated ones only when nothing else is left. */
export function latestVersion(state: GraphState, artifactId: string): Version | null {
  return state.highestVersion(artifactId, "published") ?? state.highestVersion(artifactId, "deprecated") ?? null;
}

/** The artifact's row as D1 shows it, with everything that is derived from its versions. */
export function artifactChange(state: GraphState, namespace: NamespacePath, artifact: ArtifactState): Change {
  const row: ArtifactRow = {
    id: artifact.id,
    name: artifact.name as ArtifactName,
    repository: `${namespace}/${artifact.name}` as Repository,
    type: artifact.type,
    visibility: artifact.visibility,
    description: artifact.description,
    latestVersion: latestVersion(state, artifact.id),
    versionCount: state.countVersions(artifact.id, counted),
    createdAt: artifact.created_at,
    ...(artifact.opens ? { opens: true as const } : {}),
  };
  return { type: "artifact.put", artifact: row };
}

/** Moves the label `latest` to the highest version, unless somebody set it by hand. */
export function moveLatest(state: GraphState, artifactId: string): Change[] {
  const current = state.tag(artifactId, "latest");
  if (current && !current.automatic) return [];
  const version = latestVersion(state, artifactId);
  const digest = version && state.version(artifactId, version)?.digest;
  if (digest === current?.digest) return [];
  if (!digest) {
    if (!current) return [];
    state.deleteTag(artifactId, "latest");
    return [{ type: "tag.delete", artifactId, tag: "latest" }];
  }
  state.putTag(artifactId, "latest", digest, true);
  return [{ type: "tag.put", artifactId, tag: "latest", digest, automatic: true }];
}
