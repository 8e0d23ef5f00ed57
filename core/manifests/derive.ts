import type { RepositoryParts } from "../identifiers.ts";
import type { Version } from "../versions.ts";
import { type GatiManifest, type JsonObject, parseGatiManifest } from "./gati.ts";

/** Fields of an OCI image config that describe the image (OCI image-spec, config.md). */
interface ImageConfig {
  readonly os?: unknown;
  readonly architecture?: unknown;
  readonly config?: { readonly Labels?: unknown };
}

const annotation = (name: string) => `org.opencontainers.image.${name}`;

function labelsOf(config: unknown): Record<string, unknown> {
  const labels = (config as ImageConfig | null)?.config?.Labels;
  return typeof labels === "object" && labels !== null ? (labels as Record<string, unknown>) : {};
}

function platformOf(config: unknown): JsonObject {
  const { os, architecture } = (config ?? {}) as ImageConfig;
  return typeof os === "string" && typeof architecture === "string" ? { platform: `${os}/${architecture}` } : {};
}

/**
 * The Gati manifest of an image that was pushed without one: a module-oci whose description comes from the
 * standard annotations of its manifest, or else the labels of its config.
 */
export function deriveOciManifest(
  parts: RepositoryParts,
  version: Version,
  annotations: Readonly<Record<string, string>> | undefined,
  config: unknown,
): GatiManifest {
  const labels = labelsOf(config);
  const find = (name: string): string | undefined => {
    const value = annotations?.[annotation(name)] ?? labels[annotation(name)];
    return typeof value === "string" && value !== "" && value.length <= 4000 ? value : undefined;
  };
  const fields = {
    description: find("description") ?? find("title"),
    author: find("authors") ?? find("vendor"),
    license: find("licenses"),
    homepage: find("url"),
    repository: find("source"),
  };
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return parseGatiManifest({
    schemaVersion: 1,
    name: parts.name,
    scope: parts.handle,
    version,
    type: "module-oci",
    ...known,
    dependencies: {},
    config: platformOf(config),
  });
}
