import type { Digest } from "../../../core/digests.ts";
import { subjectOfTag } from "../../../core/retention/evaluate.ts";
import type { Version } from "../../../core/versions.ts";
import type { CommandScope } from "./command.ts";
import type { Change, HoldRow } from "./events.ts";
import type { ArtifactState, GraphState } from "./state.ts";

/**
 * New content that somebody has to release first. While a manifest is held its version is `pending`, its tags are not
 * set, and outsiders do not see it, by digest either. Why it is held is the caller's affair: a second person who has to
 * agree, a signature that is missing.
 */
export interface HoldInput {
  readonly reasons: readonly string[];
  /** Handle of who pushes. */
  readonly by: string;
}

/**
 * Whether what is pushed has to wait, given that new content does: content that is new here, or that waits already, and
 * new versions of content that is here. What only refers to something that outsiders see, such as a signature, does not,
 * and a label may always move to what they see.
 */
export function hasToWait(
  state: GraphState,
  artifactId: string,
  pushed: { digest: Digest; subject: Digest | null; addsVersion: boolean; named: boolean },
): boolean {
  const { digest, subject, addsVersion, named } = pushed;
  if (!state.hasManifest(artifactId, digest)) {
    const ofSeen = subject !== null && state.hasManifest(artifactId, subject) && !isHidden(state, artifactId, subject);
    return named || !ofSeen;
  }
  return addsVersion || state.hold(artifactId, digest) !== undefined;
}

const isHidden = (state: GraphState, artifactId: string, digest: Digest) =>
  state.hold(artifactId, digest)?.hidden === true;

/** Tags such as `sha256-….sig` are how older clients say what content is about: they name nothing by themselves. */
const isName = (tag: string) => subjectOfTag(tag) === undefined;

/** What pushed content is about, by its subject or by such a tag, and whether it gets a name. */
export function aboutOf(subject: Digest | null, tags: readonly string[]): { subject: Digest | null; named: boolean } {
  const byTag = tags.map(subjectOfTag).find((one) => one !== undefined);
  return { subject: subject ?? byTag ?? null, named: tags.some(isName) };
}

/** Holds a manifest, or adds names and a pusher to one that is held. */
export function hold(
  { state, userId, now }: Pick<CommandScope, "state" | "userId" | "now">,
  artifactId: string,
  pushed: { digest: Digest; subject: Digest | null; tags: readonly string[]; isNew: boolean },
  input: HoldInput,
): Change[] {
  const { digest, subject, tags, isNew } = pushed;
  const known = state.hold(artifactId, digest);
  const next: HoldRow = {
    tags: [...new Set([...(known?.tags ?? []), ...tags])],
    reasons: input.reasons,
    users: [...new Set([...(known?.users ?? []), userId])],
    by: known?.by ?? input.by,
    at: known?.at ?? now,
    subject,
    hidden: known?.hidden ?? isNew,
  };
  if (known && JSON.stringify(known) === JSON.stringify(next)) return [];
  state.putHold(artifactId, digest, next);
  return [{ type: "manifest.hold", artifactId, digest, hold: next }];
}

/**
 * Gives a held manifest to everybody: its version is published, its labels are set, and its members and what refers to it
 * are seen with it. The artifact's own row is the caller's to record, `opened` when it becomes public by this.
 */
export function release(
  state: GraphState,
  artifact: ArtifactState,
  digest: Digest,
): { changes: Change[]; artifact: ArtifactState } {
  const { id } = artifact;
  const changes: Change[] = [];
  const held = state.hold(id, digest);
  if (!held) return { changes, artifact };
  for (const tag of held.tags) {
    const entry = state.version(id, tag);
    if (entry) {
      // Withdrawn meanwhile: its number is spent.
      if (entry.state !== "pending" || entry.digest !== digest) continue;
      state.putVersion(id, { ...entry, state: "published" });
      const { deprecation } = entry;
      changes.push({ type: "version.state", artifactId: id, version: tag as Version, state: "published", deprecation });
    }
    state.putTag(id, tag, digest, false);
    changes.push({ type: "tag.put", artifactId: id, tag, digest, automatic: false });
  }
  state.dropHold(id, digest);
  changes.push({ type: "manifest.release", artifactId: id, digest }, ...uncover(state, id, digest));
  const opened = artifact.opens ? { ...artifact, visibility: "public" as const, opens: 0 } : artifact;
  if (opened !== artifact) state.putArtifact(opened);
  return { changes, artifact: opened };
}

/** Shows what belongs to a manifest that outsiders see; what has names of its own goes on waiting for those. */
function uncover(state: GraphState, id: string, digest: Digest): Change[] {
  return state.heldWith(id, digest).flatMap((part): Change[] => {
    const held = state.hold(id, part);
    if (!held?.hidden) return [];
    if (!held.tags.some(isName)) {
      const tags = held.tags.map((tag): Change => {
        state.putTag(id, tag, part, false);
        return { type: "tag.put", artifactId: id, tag, digest: part, automatic: false };
      });
      state.dropHold(id, part);
      return [...tags, { type: "manifest.release", artifactId: id, digest: part }, ...uncover(state, id, part)];
    }
    const next = { ...held, hidden: false };
    state.putHold(id, part, next);
    return [{ type: "manifest.hold", artifactId: id, digest: part, hold: next }, ...uncover(state, id, part)];
  });
}
