import { type ArtifactType, isArtifactType } from "../artifact-types.ts";
import { invalidField, isJsonObject, type JsonObject, type JsonValue, objectOf, readObject, without } from "./json.ts";

/**
 * Manifests in circulation: the registry's own normal form; the seed documents' artifact JSON (`{namespace, type,
 * manifest:{…}}`); the runtime's (`moduleId`, `runtime`, `methods`); the flat one of the contracts schema and of the
 * seeds' inner manifest (`type` is a Gati type); and packages (`gati-module.json`, `package.json`).
 */
export type ManifestShape = "normalised" | "artifact" | "runtime" | "flat" | "package";

const shortTypes: Readonly<Record<string, ArtifactType>> = {
  node: "module-node",
  oci: "module-oci",
  wasm: "module-wasm",
  binary: "module-binary",
  external: "module-external",
};

/** The Gati type that a text means: `module-wasm`, or the contracts schema's `wasm`. */
export function artifactTypeOf(text: unknown): ArtifactType | undefined {
  if (isArtifactType(text)) return text;
  return typeof text === "string" && Object.hasOwn(shortTypes, text) ? shortTypes[text] : undefined;
}

/** Tells the shape by the fields that only it has. Never throws: what fits nothing else is read as a package. */
export function detectShape(document: JsonObject): ManifestShape {
  if (document["schemaVersion"] === 1 && isArtifactType(document["type"])) return "normalised";
  if (isJsonObject(document["manifest"])) return "artifact";
  if (document["moduleId"] !== undefined) return "runtime";
  if (!isJsonObject(document["gati"]) && artifactTypeOf(document["type"])) return "flat";
  return "package";
}

/** Fields of the normal form, still unread. `rest` is what had no place. */
export interface Draft {
  readonly fields: Readonly<Record<string, JsonValue | undefined>>;
  readonly rest: JsonObject;
}

const npmKeys = [
  "main",
  "module",
  "browser",
  "types",
  "typings",
  "bin",
  "imports",
  "engines",
  "os",
  "cpu",
  "sideEffects",
  "dependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "optionalDependencies",
  "bundleDependencies",
] as const;
const sharedKeys = [
  "name",
  "version",
  "namespace",
  "scope",
  "description",
  "author",
  "license",
  "keywords",
  "repository",
  "homepage",
];
const typedKeys = [
  "category",
  "capabilities",
  "gtypes",
  "contracts",
  "config",
  "resources",
  "permissions",
  "networkAccess",
  "healthCheck",
  "timescape",
  "modelCard",
  "benchmarks",
  "billing",
  "provenance",
  "transform",
];
const transformKeys = ["fromArtifact", "fromVersion", "toVersion", "transformations"];

function pick(source: JsonObject, keys: readonly string[]): Record<string, JsonValue> {
  return objectOf(Object.entries(source).filter(([key]) => keys.includes(key)));
}

function flat(document: JsonObject): Draft {
  const keys = [
    ...sharedKeys,
    ...typedKeys,
    "schemaVersion",
    "type",
    "dependencies",
    "requiredModules",
    "exports",
    "npm",
    "original",
  ];
  const transform = pick(document, transformKeys);
  const known = new Set([...keys, ...transformKeys]);
  return {
    fields: {
      ...pick(document, keys),
      ...(Object.keys(transform).length > 0
        ? { transform: { ...transform, ...(document["transform"] as JsonObject | undefined) } }
        : {}),
    },
    rest: without(document, known),
  };
}

function artifact(document: JsonObject): Draft {
  const inner = readObject(document["manifest"], "manifest");
  // The outer document decides what it states: it is what the registry of the documents stored.
  const merged: JsonObject = { ...inner, ...without(document, new Set(["manifest"])) };
  return flat(merged);
}

function runtime(document: JsonObject): Draft {
  const { moduleId, runtime: kind, methods, ...others } = document;
  if (artifactTypeOf(kind) === undefined) {
    throw invalidField("runtime", "does not name a kind of module", [
      "Set runtime to node, wasm, oci, binary or external.",
    ]);
  }
  return flat({
    ...others,
    name: moduleId ?? null,
    type: kind ?? null,
    ...(methods === undefined ? {} : { exports: methods }),
  });
}

function npmPackage(document: JsonObject): Draft {
  const gati = document["gati"] === undefined ? {} : readObject(document["gati"], "gati");
  const gatiType = artifactTypeOf(gati["type"]);
  const npm: Record<string, JsonValue> = pick(document, [...npmKeys, "exports"]);
  const moduleSystem = document["type"];
  if (moduleSystem === "module" || moduleSystem === "commonjs") npm["type"] = moduleSystem;
  const gatiKeys = [...typedKeys, "type", "dependencies", "requiredModules", "exports"];
  const topKeys = [...sharedKeys, ...typedKeys];
  const gatiRest = without(gati, new Set(gatiKeys));
  return {
    fields: {
      ...pick(document, topKeys),
      ...pick(gati, gatiKeys),
      type: gatiType ?? "module-node",
      // The guide's gati.type says what the module is for ("database"), unless it names a Gati type.
      ...(gatiType === undefined && gati["type"] !== undefined ? { category: gati["type"] } : {}),
      ...(Object.keys(npm).length > 0 ? { npm } : {}),
    },
    rest: {
      ...without(document, new Set([...topKeys, ...npmKeys, "exports", "gati", ...("type" in npm ? ["type"] : [])])),
      ...(Object.keys(gatiRest).length > 0 ? { gati: gatiRest } : {}),
    },
  };
}

/** Moves a document's fields to their names in the normal form, without reading their values. */
export function draftOf(document: JsonObject): Draft {
  switch (detectShape(document)) {
    case "artifact":
      return artifact(document);
    case "runtime":
      return runtime(document);
    case "package":
      return npmPackage(document);
    case "normalised":
    case "flat":
      return flat(document);
  }
}
