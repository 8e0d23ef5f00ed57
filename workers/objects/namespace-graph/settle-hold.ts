import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { artifactChange, moveLatest } from "./artifact-row.ts";
import { type CommandScope, requireArtifact } from "./command.ts";
import type { Change, HoldRow } from "./events.ts";
import { release } from "./hold.ts";
import type { ArtifactState } from "./state.ts";

export interface SettleHold {
  readonly name: string;
  readonly digest: Digest;
  /** Nobody who pushed it may settle it. */
  readonly bySecondPerson: boolean;
}

export interface SettledHold {
  /** The names that it was held with. */
  readonly tags: readonly string[];
}

function requireHeld(scope: CommandScope, input: SettleHold): { artifact: ArtifactState; held: HoldRow } {
  const artifact = requireArtifact(scope, input.name);
  const held = scope.state.hold(artifact.id, input.digest);
  if (!held) {
    throw new RegistryError(
      "manifest_unknown",
      `Nothing of ${scope.namespace}/${input.name} waits under this digest.`,
      {
        suggestions: ["List what waits: gati approvals list."],
      },
    );
  }
  if (input.bySecondPerson && held.users.includes(scope.userId)) {
    throw new RegistryError("denied", "Nobody settles what they pushed themselves.", {
      suggestions: ["Ask another admin or owner."],
    });
  }
  return { artifact, held };
}

/**
 * Gives held content to everybody, under the names that it was pushed with.
 * Errors: `name_unknown`, `manifest_unknown`, `denied`.
 */
export function releaseHeld(scope: CommandScope, input: SettleHold): SettledHold {
  const { state, namespace, userId, record } = scope;
  const { artifact, held } = requireHeld(scope, input);
  const released = release(state, artifact, input.digest);
  const changes = [...released.changes, ...moveLatest(state, artifact.id)];
  record("manifest.release", userId, [artifactChange(state, namespace, released.artifact), ...changes]);
  return { tags: held.tags };
}

/**
 * Takes held content out again. Its version counts as unpublished: members may have seen it, so its number is spent.
 * Errors: `name_unknown`, `manifest_unknown`, `denied`.
 */
export function rejectHeld(scope: CommandScope, input: SettleHold): SettledHold {
  const { state, namespace, userId, record } = scope;
  const { artifact, held } = requireHeld(scope, input);
  const { id } = artifact;
  const { digest } = input;
  const changes: Change[] = [];
  for (const entry of state.versionsOf(id, digest)) {
    if (entry.state !== "pending") continue;
    state.putVersion(id, { ...entry, state: "unpublished" });
    changes.push({ ...entry, type: "version.state", artifactId: id, state: "unpublished" });
  }
  state.dropHold(id, digest);
  changes.push({ type: "manifest.release", artifactId: id, digest });
  if (held.hidden && !state.isHeld(id, digest)) {
    state.deleteManifest(id, digest);
    changes.push({ type: "manifest.delete", artifactId: id, digest });
  } else if (held.hidden) {
    // A member of something else that waits: it stays hidden with that.
    const next = { ...held, tags: [] };
    state.putHold(id, digest, next);
    changes.push({ type: "manifest.hold", artifactId: id, digest, hold: next });
  }
  record("manifest.reject", userId, [artifactChange(state, namespace, artifact), ...changes]);
  return { tags: held.tags };
}
