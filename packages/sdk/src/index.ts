/** Client of the Gati registry for Node, browsers and Workers. Files and native hashing are in `@gati-registry/sdk/node`. */
export {
  type ArtifactType,
  artifactTypeFromMediaType,
  artifactTypes,
  isArtifactType,
} from "../../../core/artifact-types.ts";
export { ChainCheck, type ChainHead } from "../../../core/audit/chain.ts";
export type { AuditEntry } from "../../../core/audit/entry.ts";
export {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestBytes,
  digestHex,
  isDigest,
  parseDigest,
} from "../../../core/digests.ts";
export { type ErrorCode, errorCatalogue, RegistryError } from "../../../core/errors.ts";
export {
  type ArtifactName,
  type Handle,
  isHandle,
  namespacePath,
  type NamespaceKind,
  type NamespacePath,
  parseArtifactName,
  parseHandle,
  parseNamespacePath,
  parseRepository,
  type Repository,
  repositoryParts,
} from "../../../core/identifiers.ts";
export {
  artifactTypeOf,
  canonicalJson,
  type Capability,
  decodeGatiManifest,
  encodeGatiManifest,
  type GatiManifest,
  type GTypeDeclaration,
  type JsonObject,
  type JsonValue,
  parseGatiManifest,
  qualifiedName,
  qualifyDependencies,
} from "../../../core/manifests/gati.ts";
export { mediaTypes } from "../../../core/media-types.ts";
export { type ArtifactReference, isTag, parseArtifactReference } from "../../../core/references.ts";
export {
  isPrerelease,
  isRange,
  isVersion,
  maxSatisfying,
  parseVersion,
  sortDescending,
  type Version,
} from "../../../core/versions.ts";
export { Audit, type AuditPage, type RegistryKey } from "./audit.ts";
export { Account, type AccountDescription, type AccountExport, type SessionDescription } from "./account.ts";
export {
  Administration,
  type Checked,
  type Finding,
  type GarbageReport,
  type OutboxMail,
  type RebuiltNamespace,
  type VerifyOptions,
  type VerifyReport,
} from "./administration.ts";
export { Artifacts } from "./artifacts.ts";
export { Auth } from "./auth.ts";
export { Backup, type BackupRecord, type ImportStanding, type ImportState, type RecordKind } from "./backup.ts";
export { type ClientOptions, createClient, parseRegistryUrl, type RegistryClient } from "./client.ts";
export type { Credential } from "./credentials.ts";
export { type DeviceAnswer, type DeviceCodes, DeviceLogin, type DeviceSession } from "./device-login.ts";
export { ApiError, type ApiErrorOptions, isTransient } from "./errors.ts";
export { type HashFactory, type IncrementalHash, portableHash } from "./hashing.ts";
export {
  buildImageManifest,
  type Descriptor,
  type ImageManifest,
  parseImageManifest,
  titleAnnotation,
} from "./image-manifest.ts";
export { Namespaces } from "./namespaces.ts";
export type { DownloadOptions } from "./oci/download.ts";
export { Oci } from "./oci/index.ts";
export type { FetchedManifest } from "./oci/manifests.ts";
export { defaultChunkSize, type UploadOptions } from "./oci/upload.ts";
export {
  type HeldContent,
  type Invitation,
  type NewInvitation,
  Organizations,
  type OrgPolicy,
  type Team,
  type TeamDetails,
  type TeamRole,
} from "./organizations.ts";
export type { OrgSso, OrgSsoSettings, ScimToken } from "./sso.ts";
export {
  type ArtifactPublishing,
  type PublisherRule,
  type PublisherRuleInput,
  Publishing,
  type PublishToken,
} from "./publishing.ts";
export {
  type AllowedName,
  type CheckedVerification,
  Names,
  type ProofKind,
  type Publisher,
  type Verification,
} from "./names.ts";
export {
  type ArtifactRetention,
  Retention,
  type RetentionPolicies,
  type RetentionPolicy,
  type RetentionRule,
  type RetentionRunOptions,
  type RetentionVerdict,
} from "./retention.ts";
export type { RetryPolicy } from "./retry.ts";
export {
  type FactorMethod,
  type Passkey,
  SecondFactor,
  type SecondFactors,
  type StepUpRules,
} from "./second-factor.ts";
export { type BlobSink, type MemorySink, memorySink } from "./sinks.ts";
export { blobSource, type BlobSource, bytesSource } from "./sources.ts";
export type * from "./types.ts";
