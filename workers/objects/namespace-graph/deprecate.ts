import { RegistryError } from "../../../core/errors.ts";
import type { Version } from "../../../core/versions.ts";
import { artifactChange, moveLatest } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";
import type { Change } from "./events.ts";

/**
 * Marks a version as deprecated with a message, or takes the mark away (`null`). The content stays as it is.
 * Errors: `name_unknown`, `version_unknown`, `version_gone`.
 */
export function deprecate(
  scope: CommandScope,
  input: { name: string; version: Version; message: string | null },
): void {
  const { state, namespace, userId, record } = scope;
  const artifact = requireArtifact(scope, input.name);
  const entry = state.version(artifact.id, input.version);
  if (!entry) {
    throw new RegistryError("version_unknown", `${namespace}/${input.name} has no version ${input.version}.`, {
      suggestions: ["List the versions to see what is there."],
    });
  }
  if (entry.state === "unpublished") {
    throw new RegistryError("version_gone", `Version ${input.version} is unpublished.`, {
      suggestions: ["Choose a published version."],
    });
  }
  // Only these two trade places; a yanked or quarantined version keeps its state and gets the message.
  const swapped = input.message === null ? ("published" as const) : ("deprecated" as const);
  const next = entry.state === "published" || entry.state === "deprecated" ? swapped : entry.state;
  if (next === entry.state && input.message === entry.deprecation) return;
  state.putVersion(artifact.id, { ...entry, state: next, deprecation: input.message });
  const changes: Change[] = [
    { type: "version.state", artifactId: artifact.id, version: input.version, state: next, deprecation: input.message },
    ...moveLatest(state, artifact.id),
  ];
  record("version.deprecate", userId, [artifactChange(state, namespace, artifact), ...changes]);
}
