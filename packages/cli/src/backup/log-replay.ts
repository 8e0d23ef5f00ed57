import { type Digest, mediaTypes } from "../sdk.ts";

/** What this side needs to know of an event; the registry's own description is in its events.ts. */
export interface LoggedEvent {
  readonly seq: number;
  readonly at: number;
  readonly changes: readonly LoggedChange[];
}

interface LoggedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** Exact bytes as text when they are small. */
  readonly body: string | null;
  readonly references: readonly Digest[];
}

export type LoggedChange =
  | {
      readonly type: "artifact.put";
      readonly artifact: {
        readonly id: string;
        readonly repository: string;
        readonly type: string;
        readonly visibility: string;
        readonly description: string | null;
        readonly createdAt: number;
      };
    }
  | { readonly type: "artifact.rename"; readonly artifactId: string }
  | { readonly type: "manifest.put"; readonly artifactId: string; readonly manifest: LoggedManifest }
  | { readonly type: "manifest.delete"; readonly artifactId: string; readonly digest: Digest }
  | { readonly type: "manifest.hold" | "manifest.release"; readonly artifactId: string; readonly digest: Digest }
  | { readonly type: "tag.put"; readonly artifactId: string; readonly tag: string; readonly digest: Digest }
  | { readonly type: "tag.delete"; readonly artifactId: string; readonly tag: string }
  | { readonly type: "version.put"; readonly artifactId: string; readonly version: LiveVersion }
  | {
      readonly type: "version.state";
      readonly artifactId: string;
      readonly version: string;
      readonly state: string;
      readonly deprecation: string | null;
    };

export interface LiveVersion {
  readonly version: string;
  readonly digest: Digest;
  readonly state: string;
  readonly deprecation: string | null;
  readonly publishedAt: number;
  readonly publishedBy: string;
}

export interface LiveManifest {
  readonly mediaType: string;
  readonly size: number;
  /** True when its bytes are in the log. */
  readonly inline: boolean;
  readonly references: readonly Digest[];
}

export interface LiveArtifact {
  readonly id: string;
  readonly repository: string;
  readonly type: string;
  readonly visibility: string;
  readonly description: string | null;
  readonly createdAt: number;
  readonly manifests: Map<Digest, LiveManifest>;
  readonly tags: Map<string, Digest>;
  readonly versions: Map<string, LiveVersion>;
}

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);

/** True for a manifest whose references are manifests. */
export const isIndex = (mediaType: string): boolean => indexTypes.has(mediaType);

/** What the logs of all namespaces amount to. */
export class LogReplay {
  readonly artifacts = new Map<string, LiveArtifact>();

  apply(event: LoggedEvent): void {
    for (const change of event.changes) this.#change(change);
  }

  #change(change: LoggedChange): void {
    if (change.type === "artifact.put") {
      const { id, repository, type, visibility, description, createdAt } = change.artifact;
      const { manifests, tags, versions } = this.artifacts.get(id) ?? {
        manifests: new Map<Digest, LiveManifest>(),
        tags: new Map<string, Digest>(),
        versions: new Map<string, LiveVersion>(),
      };
      const row = { id, repository, type, visibility, description, createdAt, manifests, tags, versions };
      this.artifacts.set(id, row);
      return;
    }
    const artifact = this.artifacts.get(change.artifactId);
    if (!artifact) throw new TypeError(`the log speaks of the artifact ${change.artifactId} before it is there`);
    switch (change.type) {
      case "artifact.rename":
        // The row under the new name comes with it.
        break;
      case "manifest.put": {
        const { digest, mediaType, size, body, references } = change.manifest;
        artifact.manifests.set(digest, { mediaType, size, inline: body !== null, references });
        break;
      }
      case "manifest.delete":
        artifact.manifests.delete(change.digest);
        break;
      case "tag.put":
        artifact.tags.set(change.tag, change.digest);
        break;
      case "tag.delete":
        artifact.tags.delete(change.tag);
        break;
      case "version.put": {
        const { version, digest, state, deprecation, publishedAt, publishedBy } = change.version;
        artifact.versions.set(version, { version, digest, state, deprecation, publishedAt, publishedBy });
        break;
      }
      case "version.state": {
        const known = artifact.versions.get(change.version);
        const { state, deprecation } = change;
        if (known) artifact.versions.set(change.version, { ...known, state, deprecation });
        break;
      }
    }
  }

  /** Artifacts by repository, in its order. */
  sorted(): LiveArtifact[] {
    return [...this.artifacts.values()].toSorted((one, other) => (one.repository < other.repository ? -1 : 1));
  }

  /** Repositories that have a manifest of this digest, or one that names it, in order. */
  repositoriesOf(digest: Digest): string[] {
    const needs = ({ manifests }: LiveArtifact): boolean =>
      manifests.has(digest) || [...manifests.values()].some(({ references }) => references.includes(digest));
    return this.sorted()
      .filter(needs)
      .map(({ repository }) => repository);
  }

  /** Every manifest that is not deleted, once, with an artifact that has it. */
  manifests(): Map<Digest, LiveManifest & { artifactId: string }> {
    const all = new Map<Digest, LiveManifest & { artifactId: string }>();
    for (const { id, manifests } of this.artifacts.values())
      for (const [digest, manifest] of manifests) {
        const known = all.get(digest);
        // Small enough in one artifact is small enough in all; an older log may not have kept it.
        if (!known || (manifest.inline && !known.inline)) all.set(digest, { ...manifest, artifactId: id });
      }
    return all;
  }
}
