import type { ArtifactType } from "../../../core/artifact-types.ts";
import type { Digest } from "../../../core/digests.ts";
import type { NamespaceKind, Repository } from "../../../core/identifiers.ts";
import type { GatiManifest } from "../../../core/manifests/gati.ts";
import type { Version } from "../../../core/versions.ts";
import type { Publisher } from "./names.ts";

export type Role = "owner" | "admin" | "write" | "read";
export type Scope = "read" | "publish" | "admin";
export type Visibility = "public" | "private";
export type VersionState = "pending" | "published" | "deprecated" | "yanked" | "quarantined" | "unpublished";

export interface User {
  readonly id: string;
  readonly handle: string;
  readonly operator: boolean;
}

export interface Session {
  readonly user: User;
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Good once, for the next pair of tokens. */
  readonly refreshToken: string;
  /** Seconds. */
  readonly refreshExpiresIn: number;
}

/** How an account stands under one of the registry's limits. */
export interface CallerLimit {
  /** `read`, `write` or `publish`. */
  readonly policy: string;
  /** Calls per window on average. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** Calls that are left right now. */
  readonly remaining: number;
  /** Until everything is free again. */
  readonly resetSeconds: number;
}

export interface WhoAmI {
  readonly user: User;
  readonly credential: {
    readonly kind: "session" | "api-key" | "trusted-publisher" | "password";
    readonly scopes: readonly Scope[];
    readonly name?: string;
    readonly expiresAt?: string;
    /** Namespaces and artifacts that it is for; null: all that the account may reach. */
    readonly reach: readonly string[] | null;
    /** Networks that it may be used from; null: all. */
    readonly networks: readonly string[] | null;
  };
  /** Set for a trusted publisher, which is no account. */
  readonly publisher?: {
    readonly provider: string;
    readonly issuer: string;
    readonly subject: string;
    readonly source: string;
    readonly workflow: string | null;
    readonly environment: string | null;
    readonly run: string | null;
    readonly revision: string | null;
  };
  readonly namespaces: readonly { readonly namespace: string; readonly role: Role }[];
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt?: string | null;
  /** Namespaces (`users/x`) and artifacts (`users/x/name`) that it is for; null: all that the account may reach. */
  readonly reach: readonly string[] | null;
  /** CIDR networks that it may be used from; null: all. */
  readonly networks: readonly string[] | null;
  /** Until when the secret before the last rotation is good. */
  readonly previousUntil: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number;
  /** Namespaces (`users/x`) and artifacts (`users/x/name`) that it is for. */
  readonly reach?: readonly string[];
  /** CIDR networks and addresses that it may be used from. */
  readonly networks?: readonly string[];
}

/** A key just made; `key` is shown this once. */
export interface CreatedApiKey extends ApiKey {
  readonly key: string;
}

export interface Namespace {
  readonly namespace: string;
  readonly kind: NamespaceKind;
  readonly handle: string;
  readonly visibility: Visibility;
  readonly role?: Role | null;
  readonly createdAt: string;
  readonly publisher: Publisher;
}

export interface Member {
  readonly handle: string;
  readonly role: Role;
  readonly addedAt: string;
}

export interface Artifact {
  readonly namespace: string;
  readonly name: string;
  readonly repository: Repository;
  readonly type: ArtifactType;
  readonly visibility: Visibility;
  readonly description: string | null;
  readonly latest: Version | null;
  readonly labels: Readonly<Record<string, { readonly digest: Digest; readonly version?: Version | null }>>;
  readonly versionCount: number;
  /** Of all its manifests, since ever. */
  readonly downloads: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly publisher: Publisher;
}

/** Downloads by day. */
export interface Downloads {
  /** Of all these days together. */
  readonly total: number;
  /** Every day, oldest first; the last one is today (UTC), which is not over. */
  readonly days: readonly { readonly day: string; readonly downloads: number }[];
}

export interface ArtifactPage {
  readonly artifacts: readonly Pick<
    Artifact,
    "namespace" | "name" | "repository" | "type" | "description" | "latest" | "updatedAt"
  >[];
  readonly next: string | null;
}

export interface VersionSummary {
  readonly version: Version;
  readonly digest: Digest;
  readonly size: number;
  readonly state: VersionState;
  readonly mediaType: string;
  readonly deprecation: string | null;
  readonly publishedAt: string;
  readonly publishedBy: string | null;
  /** Since ever. */
  readonly downloads: number;
}

export interface VersionDetail extends VersionSummary {
  readonly namespace: string;
  readonly name: string;
  readonly repository: Repository;
  readonly type: ArtifactType;
  readonly manifest: GatiManifest;
  readonly config: { readonly digest: Digest; readonly size: number; readonly mediaType: string };
  readonly layers: readonly {
    readonly digest: Digest;
    readonly size: number;
    readonly mediaType: string;
    readonly title?: string;
    readonly url: string;
  }[];
  /** `host/repository:version`, for OCI clients. */
  readonly reference: string;
}

export interface Resolution {
  readonly namespace: string;
  readonly name: string;
  readonly repository: Repository;
  readonly type: ArtifactType;
  /** Null when the reference is a digest or label of something that is no version. */
  readonly version: Version | null;
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly state: VersionState;
  readonly deprecation: string | null;
  readonly publishedAt: string;
}
