import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { artifactChange, moveLatest } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";
import type { Change } from "./events.ts";

/**
 * Removes a manifest with all its labels; versions that are this manifest become unpublished, and their numbers stay taken.
 * Errors: `name_unknown`, `manifest_unknown`, `manifest_referenced` when a published index contains it.
 */
export function deleteManifest(scope: CommandScope, input: { name: string; digest: Digest }): void {
  const { state, namespace, userId, record } = scope;
  const artifact = requireArtifact(scope, input.name);
  const { id } = artifact;
  const { digest } = input;
  if (!state.hasManifest(id, digest)) {
    throw new RegistryError("manifest_unknown", `There is no manifest ${digest} in ${namespace}/${input.name}.`, {
      suggestions: ["List the tags to see what is there."],
    });
  }
  const parents = state.versionsContaining(id, digest);
  if (parents.length > 0) {
    throw new RegistryError("manifest_referenced", `The manifest is part of version ${parents[0]}.`, {
      details: { versions: parents },
      suggestions: ["Unpublish the version first."],
    });
  }
  const changes: Change[] = [];
  for (const tag of state.tagsOf(id, digest)) {
    state.deleteTag(id, tag);
    changes.push({ type: "tag.delete", artifactId: id, tag });
  }
  for (const entry of state.versionsOf(id, digest)) {
    state.putVersion(id, { ...entry, state: "unpublished" });
    changes.push({ ...entry, type: "version.state", artifactId: id, state: "unpublished" });
  }
  state.deleteManifest(id, digest);
  changes.push({ type: "manifest.delete", artifactId: id, digest }, ...moveLatest(state, id));
  record("manifest.delete", userId, [artifactChange(state, namespace, artifact), ...changes]);
}
