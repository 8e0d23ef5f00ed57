import { RegistryError } from "../../../core/errors.ts";
import { artifactChange } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";
import { unpublish } from "./unpublish.ts";

/**
 * Removes a tag: a label just goes, a version is unpublished.
 * Errors: `name_unknown`, `manifest_unknown`.
 */
export function deleteTag(scope: CommandScope, input: { name: string; tag: string }): void {
  const { state, namespace, userId, record } = scope;
  const artifact = requireArtifact(scope, input.name);
  const version = state.version(artifact.id, input.tag);
  if (version && version.state !== "unpublished")
    return unpublish(scope, { name: input.name, version: version.version });
  if (!state.tag(artifact.id, input.tag)) {
    throw new RegistryError("manifest_unknown", `There is no tag "${input.tag}" in ${namespace}/${input.name}.`, {
      suggestions: ["List the tags to see what is there."],
    });
  }
  state.deleteTag(artifact.id, input.tag);
  record("tag.delete", userId, [
    artifactChange(state, namespace, artifact),
    { type: "tag.delete", artifactId: artifact.id, tag: input.tag },
  ]);
}
