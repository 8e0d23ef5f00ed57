/** Every kind of thing the registry holds. */
export const artifactTypes = [
  "module-node",
  "module-oci",
  "module-wasm",
  "module-binary",
  "module-external",
  "plugin",
  "model",
  "agent",
  "template",
  "snapshot",
  "transformer",
] as const;

export type ArtifactType = (typeof artifactTypes)[number];

export function isArtifactType(text: unknown): text is ArtifactType {
  return typeof text === "string" && (artifactTypes as readonly string[]).includes(text);
}

const prefix = "application/vnd.gati.";
const suffix = ".v1";

/** `artifactType` of the OCI manifest for a Gati artifact: `application/vnd.gati.<type>.v1`. */
export function artifactTypeMediaType(type: ArtifactType): string {
  return `${prefix}${type}${suffix}`;
}

/** The Gati type that an OCI `artifactType` names, if it names one. */
export function artifactTypeFromMediaType(mediaType: string | undefined): ArtifactType | undefined {
  if (!mediaType?.startsWith(prefix) || !mediaType.endsWith(suffix)) return undefined;
  const type = mediaType.slice(prefix.length, -suffix.length);
  return isArtifactType(type) ? type : undefined;
}
