import { artifactTypes } from "../artifact-types.ts";
import { parseVersion } from "../versions.ts";
import { canonicalBytes } from "./canonical.ts";
import * as read from "./fields.ts";
import {
  at,
  invalidField,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  readList,
  readObject,
  readText,
} from "./json.ts";
import { artifactTypeOf, draftOf } from "./shapes.ts";
import type { GatiManifest } from "./types.ts";

export { canonicalJson } from "./canonical.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { artifactTypeOf, detectShape, type ManifestShape } from "./shapes.ts";
export type { Capability, ExportedMethod, GatiManifest, GTypeDeclaration } from "./types.ts";

/** The short text fields, with the reader of each. Absent and null both mean "not stated". */
const readers = {
  description: readText,
  author: read.readAuthor,
  license: read.readLicense,
  keywords: read.readTexts,
  category: (value: JsonValue, path: string) => readText(value, path, 200),
  repository: read.readRepository,
  homepage: (value: JsonValue, path: string) => readText(value, path, 1000),
  capabilities: read.readCapabilities,
  gtypes: read.readGTypes,
  exports: read.readExports,
  contracts: read.readTexts,
  config: readObject,
  resources: readObject,
  permissions: readObject,
  networkAccess: readObject,
  healthCheck: readObject,
  timescape: readObject,
  modelCard: readObject,
  benchmarks: readObject,
  billing: readObject,
  provenance: readObject,
  transform: readObject,
  npm: readObject,
} as const satisfies Partial<Record<keyof GatiManifest, (value: JsonValue, path: string) => unknown>>;

/** Fields that npm packages in the wild leave empty; an empty one says nothing. */
const mayBeEmpty = new Set<string>(["description", "author", "license", "repository", "homepage", "category"]);

function isStated(key: string, value: JsonValue | undefined): value is JsonValue {
  if (value === undefined || value === null) return false;
  return !(mayBeEmpty.has(key) && (value === "" || (isJsonObject(value) && Object.keys(value).length === 0)));
}

/** Plugins name required modules, agents name models: both must be there for the artifact to work, so both are dependencies. */
function impliedDependencies(fields: Readonly<Record<string, JsonValue | undefined>>): Record<string, string> {
  const config = fields["config"];
  const models = isJsonObject(config) ? config["modelReferences"] : undefined;
  return {
    ...(isStated("requiredModules", fields["requiredModules"])
      ? read.readDependencies(fields["requiredModules"], "requiredModules")
      : {}),
    ...(isStated("modelReferences", models)
      ? read.readDependencies(readList(models, "config.modelReferences"), "config.modelReferences")
      : {}),
  };
}

/**
 * Reads any Gati manifest in circulation (see `ManifestShape`) into the normal form. Pure; the input is not changed.
 * Reading the result again gives the same result.
 *
 * @param json the parsed JSON document
 * @throws RegistryError `manifest_invalid`, with the field's path in `details.path` and what to write instead
 */
export function parseGatiManifest(json: unknown): GatiManifest {
  const { fields, rest } = draftOf(readObject(json, ""));
  const type = artifactTypeOf(fields["type"]);
  if (type === undefined) {
    throw invalidField("type", `is not a Gati artifact type: ${JSON.stringify(fields["type"] ?? null)}`, [
      `Use one of ${artifactTypes.join(", ")}.`,
    ]);
  }
  const { name, scope: nameScope } = read.readName(fields["name"]);
  const scopeField = fields["scope"] ?? fields["namespace"];
  const scope = isStated("scope", scopeField)
    ? read.readScope(scopeField, fields["scope"] ? "scope" : "namespace")
    : nameScope;
  const version = read.readWith("version", () => parseVersion(readText(fields["version"], "version", 300)));

  const stated: Record<string, unknown> = {};
  for (const [key, reader] of Object.entries(readers)) {
    const value = fields[key];
    if (isStated(key, value)) stated[key] = reader(value, key);
  }
  const dependencies = {
    ...impliedDependencies(fields),
    ...(isStated("dependencies", fields["dependencies"])
      ? read.readDependencies(fields["dependencies"], "dependencies")
      : {}),
  };
  const original: JsonObject = { ...(fields["original"] ? readObject(fields["original"], "original") : {}), ...rest };
  return {
    schemaVersion: 1,
    name,
    ...(scope === undefined ? {} : { scope }),
    version,
    type,
    ...(stated as Omit<GatiManifest, "schemaVersion" | "name" | "version" | "type" | "dependencies">),
    dependencies,
    ...(Object.keys(original).length > 0 ? { original } : {}),
  };
}

/** The same manifest with every short dependency (`crypto-utils`) named in full (`@krishna/crypto-utils`). */
export function qualifyDependencies(manifest: GatiManifest, handle: string): GatiManifest {
  const entries = Object.entries(manifest.dependencies);
  return {
    ...manifest,
    dependencies: Object.fromEntries(entries.map(([key, range]) => [qualifiedName(key, handle), range])),
  };
}

/** `@handle/name` of a dependency key, taking short names to be in the namespace of `handle`. */
export function qualifiedName(key: string, handle: string): string {
  return key.includes("/") ? key : `@${handle}/${key}`;
}

/** The bytes of a config blob: canonical JSON, so that the same manifest always has the same digest. */
export function encodeGatiManifest(manifest: GatiManifest): Uint8Array {
  return canonicalBytes(manifest as unknown as JsonObject);
}

/**
 * Reads a config blob's bytes. Throws `manifest_invalid` when they are not JSON or not a Gati manifest.
 */
export function decodeGatiManifest(bytes: Uint8Array): GatiManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw invalidField(at("", ""), "is not JSON in UTF-8", ["Send one JSON object encoded as UTF-8."], cause);
  }
  return parseGatiManifest(json);
}
