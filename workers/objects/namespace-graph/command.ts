import { RegistryError } from "../../../core/errors.ts";
import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Change } from "./events.ts";
import type { ArtifactState, GraphState } from "./state.ts";

/** What a command works with. It runs in one synchronous transaction and leaves one event, or throws and leaves none. */
export interface CommandScope {
  readonly state: GraphState;
  readonly namespace: NamespacePath;
  readonly userId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly record: (command: string, userId: string, changes: readonly Change[]) => void;
}

/** The artifact of this name. Errors: `name_unknown`. */
export function requireArtifact(scope: CommandScope, name: string): ArtifactState {
  const artifact = scope.state.artifact(name);
  if (artifact) return artifact;
  throw new RegistryError("name_unknown", `There is no artifact ${scope.namespace}/${name}.`, {
    suggestions: ["Check the spelling."],
  });
}
