import { artifactChange } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";

/** Makes an artifact public or private. Errors: `name_unknown`. */
export function setVisibility(scope: CommandScope, input: { name: string; visibility: "public" | "private" }): void {
  const { state, namespace, userId, record } = scope;
  const artifact = { ...requireArtifact(scope, input.name), visibility: input.visibility, opens: 0 };
  state.putArtifact(artifact);
  record("artifact.visibility", userId, [artifactChange(state, namespace, artifact)]);
}
