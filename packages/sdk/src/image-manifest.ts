import { type ArtifactType, artifactTypeMediaType } from "../../../core/artifact-types.ts";
import { type Digest, parseDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { canonicalBytes } from "../../../core/manifests/canonical.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/manifests/json.ts";
import { mediaTypes } from "../../../core/media-types.ts";

/** OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The annotation under which a layer states its file name (OCI image-spec, annotations.md). */
export const titleAnnotation = "org.opencontainers.image.title";

/**
 * The bytes of the OCI manifest of a Gati version (OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage").
 * No times and sorted keys: the same config and layers give the same digest.
 */
export function buildImageManifest(parts: {
  type: ArtifactType;
  config: Descriptor;
  layers: readonly Descriptor[];
  annotations?: Readonly<Record<string, string>>;
}): Uint8Array {
  return canonicalBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: artifactTypeMediaType(parts.type),
    config: parts.config as unknown as JsonObject,
    layers: parts.layers as unknown as JsonObject[],
    ...(parts.annotations && Object.keys(parts.annotations).length > 0
      ? { annotations: parts.annotations as JsonObject }
      : {}),
  });
}

function invalid(problem: string, cause?: unknown): RegistryError {
  return new RegistryError("manifest_invalid", `The OCI manifest ${problem}.`, {
    cause,
    suggestions: ["Report it to the publisher: this version cannot be used as it is."],
  });
}

function readAnnotations(value: JsonValue | undefined): Record<string, string> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function readDescriptor(value: JsonValue | undefined): Descriptor {
  if (!isJsonObject(value)) throw invalid("has a descriptor that is not an object");
  const { mediaType, digest, size, annotations } = value;
  if (
    typeof mediaType !== "string" ||
    typeof digest !== "string" ||
    !Number.isSafeInteger(size) ||
    (size as number) < 0
  ) {
    throw invalid("has a descriptor without media type, digest or size");
  }
  return {
    mediaType,
    digest: parseDigest(digest),
    size: size as number,
    ...(annotations ? { annotations: readAnnotations(annotations) } : {}),
  };
}

/** Reads an image manifest's bytes. Throws `manifest_invalid` for anything else, indexes included. */
export function parseImageManifest(bytes: Uint8Array): ImageManifest {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid("is not JSON", cause);
  }
  if (!isJsonObject(document) || !Array.isArray(document["layers"]))
    throw invalid("is not that of an image or artifact: it has no layers");
  const { mediaType, artifactType, annotations } = document;
  return {
    mediaType: typeof mediaType === "string" ? mediaType : mediaTypes.ociManifest,
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    config: readDescriptor(document["config"]),
    layers: (document["layers"] as JsonValue[]).map(readDescriptor),
    ...(annotations ? { annotations: readAnnotations(annotations) } : {}),
  };
}
