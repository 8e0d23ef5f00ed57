import { z } from "zod";
import { type Digest, isDigest } from "./digests.ts";
import { RegistryError } from "./errors.ts";
import { imageMediaTypes, indexMediaTypes, mediaTypes } from "./media-types.ts";

/** More distinct content than this in one manifest is refused: no real artifact comes near it. */
const maxReferences = 10_000;

const digestSchema = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "is not a sha256 or sha512 digest",
);
const annotationsSchema = z.record(z.string(), z.string());
const descriptorSchema = z.looseObject({
  mediaType: z.string().min(1),
  digest: digestSchema,
  size: z.int().nonnegative(),
  annotations: annotationsSchema.optional(),
  artifactType: z.string().optional(),
});
export type Descriptor = z.infer<typeof descriptorSchema>;

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  subject: descriptorSchema.optional(),
  annotations: annotationsSchema.optional(),
};
const imageSchema = z.looseObject({ ...common, config: descriptorSchema, layers: z.array(descriptorSchema) });
const indexSchema = z.looseObject({ ...common, manifests: z.array(descriptorSchema) });

/** The parts of a manifest that the registry acts on. The bytes themselves are kept and served unchanged. */
export interface OciManifest {
  readonly kind: "image" | "index";
  readonly mediaType: string;
  /** As the referrers API reports it: `artifactType`, or the config's media type of an image. */
  readonly artifactType: string | undefined;
  readonly config: Descriptor | undefined;
  /** Layers of an image. */
  readonly layers: readonly Descriptor[];
  /** Manifests of an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

function invalid(message: string, suggestions: string[], cause?: unknown): RegistryError {
  return new RegistryError("manifest_invalid", message, { suggestions, cause });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw invalid("The manifest is not UTF-8 JSON.", ["Send the manifest's exact bytes as the request body."], cause);
  }
}

function firstFault(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join(".") || "manifest"}: ${issue.message}` : "unknown fault";
}

function mediaTypeOf(json: unknown, contentType: string | undefined): string {
  const declared = typeof json === "object" && json !== null && "mediaType" in json ? json.mediaType : undefined;
  if (typeof declared === "string" && contentType !== undefined && declared !== contentType) {
    throw invalid(`The Content-Type is ${contentType}, but the manifest says it is ${declared}.`, [
      "Send the manifest with its own media type.",
    ]);
  }
  const mediaType = contentType ?? (typeof declared === "string" ? declared : undefined);
  if (mediaType && (imageMediaTypes.has(mediaType) || indexMediaTypes.has(mediaType))) return mediaType;
  throw invalid(`"${mediaType ?? "(none)"}" is not a manifest type that this registry stores.`, [
    `Use ${mediaTypes.ociManifest} or ${mediaTypes.ociIndex}; Docker's schema 2 manifests and lists work too.`,
  ]);
}

/**
 * Parses a manifest by OCI image-spec 1.1 (or Docker schema 2). Unknown fields are accepted.
 * `contentType` is the request's media type without parameters. Throws `manifest_invalid` with the faulty field.
 */
export function parseOciManifest(bytes: Uint8Array, contentType: string | undefined): OciManifest {
  const json = parseJson(bytes);
  const mediaType = mediaTypeOf(json, contentType);
  const isIndex = indexMediaTypes.has(mediaType);
  const result = isIndex ? indexSchema.safeParse(json) : imageSchema.safeParse(json);
  if (!result.success) {
    throw invalid(
      `The manifest is faulty at ${firstFault(result.error)}.`,
      ["Correct the field; see OCI image-spec 1.1."],
      result.error,
    );
  }
  const { data } = result;
  const config = "config" in data ? (data.config as Descriptor) : undefined;
  const manifest: OciManifest = {
    kind: isIndex ? "index" : "image",
    mediaType,
    artifactType: data.artifactType || config?.mediaType,
    config,
    layers: "layers" in data ? (data.layers as Descriptor[]) : [],
    manifests: "manifests" in data ? (data.manifests as Descriptor[]) : [],
    subject: data.subject,
    annotations: data.annotations,
  };
  if (references(manifest).length > maxReferences) {
    throw invalid(`The manifest names more than ${maxReferences} different blobs.`, [
      "Split the artifact, or pack its files into fewer layers.",
    ]);
  }
  return manifest;
}

function isDistributable(descriptor: Descriptor): boolean {
  return !descriptor.mediaType.includes("nondistributable") && !descriptor.mediaType.includes(".foreign.");
}

/** Digests of the blobs that must be in the repository before the manifest is accepted. */
export function requiredBlobs(manifest: OciManifest): Digest[] {
  const descriptors = [...(manifest.config ? [manifest.config] : []), ...manifest.layers.filter(isDistributable)];
  return [...new Set(descriptors.map((descriptor) => descriptor.digest))];
}

/** Digests of everything the manifest is made of, without its subject. */
export function references(manifest: OciManifest): Digest[] {
  const { config, layers, manifests } = manifest;
  return [...new Set([...(config ? [config] : []), ...layers, ...manifests].map((descriptor) => descriptor.digest))];
}

/** Bytes of config and layers, or of the manifests of an index, each counted once. */
export function contentSize(manifest: OciManifest): number {
  const sizes = new Map<string, number>();
  const { config, layers, manifests } = manifest;
  for (const { digest, size } of [...(config ? [config] : []), ...layers, ...manifests]) sizes.set(digest, size);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
