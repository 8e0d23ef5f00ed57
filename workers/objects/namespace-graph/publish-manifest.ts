import type { ArtifactType } from "../../../core/artifact-types.ts";
import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { ArtifactName } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import type { Change, ManifestRow, VersionRow } from "./events.ts";
import { artifactChange, moveLatest } from "./artifact-row.ts";
import type { CommandScope } from "./command.ts";
import { assertNeverUsed } from "./rename.ts";
import { aboutOf, hasToWait, hold, type HoldInput, release } from "./hold.ts";
import type { ArtifactState } from "./state.ts";

export interface PublishManifest {
  readonly name: ArtifactName;
  readonly manifest: ManifestRow;
  /** Manifests that must be here already: the members of an index. */
  readonly children: readonly Digest[];
  /** Movable labels to set. */
  readonly labels: readonly string[];
  /** Version to publish, with what it declares. */
  readonly version:
    | { readonly version: Version; readonly size: number; readonly manifest: unknown; readonly by: string }
    | undefined;
  /** Type that this content has; decides the artifact's type with its first version. */
  readonly type: ArtifactType;
  readonly description: string | undefined;
  /** Set when new content has to be released by somebody before outsiders see it. */
  readonly hold?: HoldInput | undefined;
}

export interface PublishedManifest {
  /** False when the same bytes were here already: then their new copy is not needed. */
  readonly stored: boolean;
  /** False when the call changed nothing at all. */
  readonly changed: boolean;
  /** True when it waits for somebody who releases it. */
  readonly held: boolean;
}

/**
 * Publishes a manifest under its digest, its labels and its version, all or nothing.
 * Errors: `version_exists`, `version_gone`, `type_mismatch`, `manifest_blob_unknown`, `name_taken` for a name that another
 * artifact had before.
 */
export function publishManifest(scope: CommandScope, input: PublishManifest): PublishedManifest {
  const { state, now, namespace, userId, record } = scope;
  const changes: Change[] = [];
  const existing = state.artifact(input.name);
  if (!existing) assertNeverUsed(scope, input.name);
  const artifact: ArtifactState = existing ?? {
    id: crypto.randomUUID(),
    name: input.name,
    type: input.type,
    // An artifact of which everything waits is as unknown to outsiders as what waits.
    visibility: input.hold ? "private" : "public",
    description: input.description ?? null,
    created_at: now,
    opens: input.hold ? 1 : 0,
  };
  const { id } = artifact;
  const version = newVersion(input, state.version(id, input.version?.version ?? ""));
  const next = describe(artifact, input, version !== undefined, state.hasVersions(id));

  const missing = input.children.filter((child) => !state.hasManifest(id, child));
  if (missing.length > 0) {
    throw new RegistryError(
      "manifest_blob_unknown",
      `The index names manifests that are not in ${namespace}/${input.name}.`,
      {
        details: { missing: missing.slice(0, 20) },
        suggestions: ["Push the manifests of the index first, then the index."],
      },
    );
  }

  const { digest } = input.manifest;
  const stored = !state.hasManifest(id, digest);
  const names = [...input.labels, ...(version ? [version.version] : [])];
  const { subject, named } = aboutOf(input.manifest.subject, names);
  const waits =
    input.hold !== undefined && hasToWait(state, id, { digest, subject, addsVersion: version !== undefined, named });
  // Nothing keeps it any more: pushing it again releases it.
  const released = waits ? undefined : release(state, next, digest);
  if (stored) {
    state.putManifest(id, digest, input.children);
    changes.push({ type: "manifest.put", artifactId: id, manifest: input.manifest });
  }
  if (waits && input.hold) {
    changes.push(...hold(scope, id, { digest, subject, tags: names, isNew: stored }, input.hold));
  } else {
    changes.push(...(released?.changes ?? []));
    for (const tag of names) {
      const current = state.tag(id, tag);
      if (current?.digest === digest && !current.automatic) continue;
      state.putTag(id, tag, digest, false);
      changes.push({ type: "tag.put", artifactId: id, tag, digest, automatic: false });
    }
  }
  if (version && input.version) {
    const entry = {
      version: version.version,
      digest,
      state: waits ? ("pending" as const) : ("published" as const),
      deprecation: null,
    };
    state.putVersion(id, entry);
    const row: VersionRow = {
      ...entry,
      size: input.version.size,
      manifest: input.version.manifest,
      publishedAt: now,
      publishedBy: input.version.by,
    };
    changes.push({ type: "version.put", artifactId: id, version: row });
  }
  if (!waits && (version || released?.changes.length)) changes.push(...moveLatest(state, id));
  if (changes.length === 0) return { stored, changed: false, held: waits };
  const shown = released?.artifact ?? next;
  const row = !waits && named && shown.opens ? { ...shown, visibility: "public" as const, opens: 0 } : shown;
  state.putArtifact(row);
  // The artifact's row comes first: everything else in D1 refers to it.
  record("manifest.publish", userId, [artifactChange(state, namespace, row), ...changes]);
  return { stored, changed: true, held: waits };
}

/** The version to add; undefined when none is asked for or the same content has it already. */
function newVersion(input: PublishManifest, existing: { digest: Digest; state: string } | undefined) {
  if (!input.version || !existing) return input.version;
  const { version } = input.version;
  if (existing.state === "unpublished") {
    throw new RegistryError(
      "version_gone",
      `Version ${version} was unpublished, and a version number is never used again.`,
      {
        details: { version },
        suggestions: ["Publish the content under a new version."],
      },
    );
  }
  if (existing.digest === input.manifest.digest) return undefined;
  throw new RegistryError("version_exists", `Version ${version} is already published with other content.`, {
    details: { version, published: existing.digest, offered: input.manifest.digest },
    suggestions: [
      "Raise the version number: published versions never change.",
      "To move a label such as latest, push to the label, or run `gati module label`.",
    ],
  });
}

function describe(
  artifact: ArtifactState,
  input: PublishManifest,
  addsVersion: boolean,
  hasVersions: boolean,
): ArtifactState {
  if (!addsVersion) return artifact;
  if (hasVersions && artifact.type !== input.type) {
    throw new RegistryError(
      "type_mismatch",
      `${input.name} is a ${artifact.type}; a ${input.type} cannot be one of its versions.`,
      {
        details: { type: artifact.type, offered: input.type },
        suggestions: ["Publish it under another name."],
      },
    );
  }
  return { ...artifact, type: input.type, description: input.description ?? artifact.description };
}
