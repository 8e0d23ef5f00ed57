import type { ArtifactType } from "../../../core/artifact-types.ts";
import type { Digest } from "../../../core/digests.ts";
import type { ArtifactName, Repository } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import type { Publisher } from "../../domains/auth/index.ts";

/** States of a version: see `versionStates` in the artifact tables. */
export type VersionState = "pending" | "published" | "deprecated" | "yanked" | "quarantined" | "unpublished";

export interface ArtifactRow {
  readonly id: string;
  readonly name: ArtifactName;
  readonly repository: Repository;
  readonly type: ArtifactType;
  readonly visibility: "public" | "private";
  readonly description: string | null;
  readonly latestVersion: Version | null;
  readonly versionCount: number;
  readonly createdAt: number;
  /** Private only until something of it is released; everything that was pushed so far waits. */
  readonly opens?: true;
}

/** Why and for whom new content waits: see `hold.ts`. */
export interface HoldRow {
  /** Version and labels that it gets when it is released. */
  readonly tags: readonly string[];
  readonly reasons: readonly string[];
  /** User ids of everybody who pushed it. */
  readonly users: readonly string[];
  /** Handle of who pushed it first. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly subject: Digest | null;
  /** False when outsiders see the content already, under other names. */
  readonly hidden: boolean;
}

export interface ManifestRow {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly size: number;
  readonly subject: Digest | null;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly objectKey: string;
  /** Exact bytes as text when they are small enough to keep beside the index. */
  readonly body: string | null;
  readonly references: readonly Digest[];
}

export interface VersionRow {
  readonly version: Version;
  readonly digest: Digest;
  readonly state: VersionState;
  readonly deprecation: string | null;
  readonly size: number;
  /** Normalised Gati manifest. */
  readonly manifest: unknown;
  readonly publishedAt: number;
  readonly publishedBy: string;
}

/**
 * One row-level change, with absolute values: applying the log of a namespace in order always leads to the same
 * tables, which is what lets D1 be rebuilt from it.
 */
export type Change =
  | { readonly type: "artifact.put"; readonly artifact: ArtifactRow }
  | {
      /** Comes before the row under the new name. */
      readonly type: "artifact.rename";
      readonly artifactId: string;
      readonly from: ArtifactName;
      readonly formerRepository: Repository;
      readonly name: ArtifactName;
    }
  | { readonly type: "manifest.put"; readonly artifactId: string; readonly manifest: ManifestRow }
  | { readonly type: "manifest.delete"; readonly artifactId: string; readonly digest: Digest }
  | { readonly type: "manifest.hold"; readonly artifactId: string; readonly digest: Digest; readonly hold: HoldRow }
  | { readonly type: "manifest.release"; readonly artifactId: string; readonly digest: Digest }
  | {
      readonly type: "tag.put";
      readonly artifactId: string;
      readonly tag: string;
      readonly digest: Digest;
      /** Whether the registry moved it (`latest`) or somebody set it. Absent in older logs: see `replay.ts`. */
      readonly automatic?: boolean;
    }
  | { readonly type: "tag.delete"; readonly artifactId: string; readonly tag: string }
  | { readonly type: "version.put"; readonly artifactId: string; readonly version: VersionRow }
  | {
      readonly type: "version.state";
      readonly artifactId: string;
      readonly version: Version;
      readonly state: VersionState;
      readonly deprecation: string | null;
    };

/** What one command did, in one unit: applied whole or not at all. */
export interface GraphEvent {
  /** 1, 2, 3 … without gaps within a namespace. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The command, such as `manifest.publish`. */
  readonly command: string;
  readonly userId: string;
  /** The run of a CI system that did it, when no person did. */
  readonly publisher?: Publisher | undefined;
  readonly changes: readonly Change[];
}
