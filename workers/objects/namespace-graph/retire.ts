import type { Digest } from "../../../core/digests.ts";
import { subjectOfTag } from "../../../core/retention/evaluate.ts";
import type { CommandScope } from "./command.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { deleteTag } from "./delete-tag.ts";

/** What a retention policy lets go of one artifact, as it stood when that was decided. */
export interface Retire {
  readonly name: string;
  readonly tags: readonly { readonly tag: string; readonly digest: Digest }[];
  /** Manifests without a tag. */
  readonly manifests: readonly Digest[];
}

export interface Retired {
  /** Tags and digests that went; whatever has changed since the decision stays. */
  readonly removed: readonly string[];
}

/**
 * Removes tags and loose manifests by a retention policy. Everything is judged again here, where nothing can come in
 * between: a tag that was moved since, that `latest` names by now, whose version was withdrawn or that speaks of a
 * manifest that is here stays, and so does a manifest that got a tag or became part of an index.
 */
export function retire(scope: CommandScope, { name, tags, manifests }: Retire): Retired {
  const { state } = scope;
  const artifact = state.artifact(name);
  if (!artifact) return { removed: [] };
  const { id } = artifact;
  const removed: string[] = [];
  for (const { tag, digest } of tags) {
    const entry = state.version(id, tag);
    const open = entry === undefined || entry.state === "published" || entry.state === "deprecated";
    if (state.tag(id, tag)?.digest !== digest || state.tag(id, "latest")?.digest === digest || !open) continue;
    const subject = entry ? undefined : subjectOfTag(tag);
    if (subject && state.hasManifest(id, subject)) continue;
    deleteTag(scope, { name, tag });
    removed.push(tag);
  }
  for (const digest of manifests) {
    if (!state.hasManifest(id, digest) || state.isHeld(id, digest)) continue;
    deleteManifest(scope, { name, digest });
    removed.push(digest);
  }
  return { removed };
}
