export {
  deleteManifest,
  deprecateVersion,
  renameArtifact,
  setArtifactVisibility,
  unpublishVersion,
} from "./change-artifact.ts";
export { listReferrers } from "./list-referrers.ts";
export { listRepositories, listTags } from "./list-tags.ts";
export { type Published, publishManifest } from "./publish-manifest.ts";
export {
  type ArtifactDetails,
  type ArtifactSummary,
  listArtifacts,
  listVersions,
  readArtifact,
  type VersionSummary,
} from "./read-artifact.ts";
export { type ReadableManifest, readManifest } from "./read-manifest.ts";
export { chooseLayer, readVersion, type VersionDetails } from "./read-version.ts";
export { type Resolution, resolveReference, withLocated } from "./resolve-reference.ts";
