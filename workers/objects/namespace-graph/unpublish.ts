import { RegistryError } from "../../../core/errors.ts";
import type { Version } from "../../../core/versions.ts";
import { artifactChange, moveLatest } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";
import type { Change } from "./events.ts";

/**
 * Takes a version out of the registry for good: its tag goes, its number stays taken, and its manifest goes too unless
 * another tag holds it. Errors: `name_unknown`, `version_unknown`, `version_gone`.
 */
export function unpublish(scope: CommandScope, input: { name: string; version: Version }): void {
  const { state, namespace, userId, record } = scope;
  const artifact = requireArtifact(scope, input.name);
  const { id } = artifact;
  const entry = state.version(id, input.version);
  if (!entry) {
    throw new RegistryError("version_unknown", `${namespace}/${input.name} has no version ${input.version}.`, {
      suggestions: ["List the versions to see what is there."],
    });
  }
  if (entry.state === "unpublished") {
    throw new RegistryError("version_gone", `Version ${input.version} is unpublished already.`, {
      suggestions: ["Nothing is left to do."],
    });
  }
  state.putVersion(id, { ...entry, state: "unpublished" });
  state.deleteTag(id, input.version);
  const changes: Change[] = [
    { ...entry, type: "version.state", artifactId: id, state: "unpublished" },
    { type: "tag.delete", artifactId: id, tag: input.version },
    ...moveLatest(state, id),
  ];
  const held = state.tagsOf(id, entry.digest).length > 0 || state.versionsContaining(id, entry.digest).length > 0;
  if (!held) {
    state.deleteManifest(id, entry.digest);
    changes.push({ type: "manifest.delete", artifactId: id, digest: entry.digest });
  }
  record("version.unpublish", userId, [artifactChange(state, namespace, artifact), ...changes]);
}
