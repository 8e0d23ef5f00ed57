import { RegistryError } from "../../../core/errors.ts";
import type { ArtifactName, Repository } from "../../../core/identifiers.ts";
import { artifactChange } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";

/** Throws `name_taken` when the name was an artifact's before: names lead to what had them for ever. */
export function assertNeverUsed({ state, namespace }: Pick<CommandScope, "state" | "namespace">, name: string): void {
  const now = state.nameAfter(name);
  if (now === undefined) return;
  throw new RegistryError("name_taken", `${namespace}/${name} is called ${namespace}/${now} now.`, {
    details: { repository: `${namespace}/${now}` },
    suggestions: [`Use ${namespace}/${now}, or a name that nothing had before.`],
  });
}

/**
 * Gives an artifact another name. The old one leads to it from then on and is never given to something else; nor can the
 * artifact have a name again that it had. Asking for the name that it has changes nothing.
 * Errors: `name_unknown`, `name_taken`.
 */
export function rename(scope: CommandScope, input: { name: ArtifactName; to: ArtifactName }): void {
  const { state, namespace, userId, record } = scope;
  const before = state.nameAfter(input.name);
  // The same call again, whose first answer was lost.
  if (before === input.to) return;
  const artifact = requireArtifact(scope, input.name);
  if (input.to === input.name) return;
  assertNeverUsed(scope, input.to);
  if (state.artifact(input.to)) {
    throw new RegistryError("name_taken", `There is a ${namespace}/${input.to} already.`, {
      suggestions: ["Choose another name."],
    });
  }
  state.renameArtifact(artifact.id, input.name, input.to);
  const { id } = artifact;
  const repository = `${namespace}/${input.name}` as Repository;
  record("artifact.rename", userId, [
    { type: "artifact.rename", artifactId: id, from: input.name, formerRepository: repository, name: input.to },
    artifactChange(state, namespace, { ...artifact, name: input.to }),
  ]);
}
