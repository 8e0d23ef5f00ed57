import leven from "leven";
import { artifactTypeOf, artifactTypes, type JsonObject, type JsonValue, RegistryError } from "../sdk.ts";

const shortNames = ["node", "oci", "wasm", "binary", "external"] as const;

/** Node's own values of `type` in a package.json, which say nothing about the kind of module. */
const moduleSystems = ["module", "commonjs"] as const;

/** Settings that only one type has, with the short name of the type. */
const typedSettings: Readonly<Record<string, string>> = {
  binaryFile: "binary",
  binaries: "binary",
  wasmFile: "wasm",
  layout: "oci",
  endpoint: "external",
  modelFile: "model",
  modelFiles: "model",
};

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(path: string, problem: string, suggestions: readonly string[]): RegistryError {
  return new RegistryError("manifest_invalid", `The Gati manifest's field ${path} ${problem}.`, {
    details: { path },
    suggestions,
  });
}

/** The known name that a text was probably meant to be: one slip in a short name, two in a long one. */
function nearestType(text: string, others: readonly string[]): string | undefined {
  const slips = text.length < 6 ? 1 : 2;
  const ranked = [...artifactTypes, ...shortNames, ...others]
    .map((name) => ({ name, distance: leven(text.toLowerCase(), name, { maxDistance: slips + 1 }) }))
    .toSorted((left, right) => left.distance - right.distance);
  return ranked[0] !== undefined && ranked[0].distance <= slips ? ranked[0].name : undefined;
}

/**
 * What a manifest says about its kind when that is no type of the registry: a category such as "database", which is
 * published as a module-node. Undefined when the type is known or not stated.
 *
 * A version cannot be corrected afterwards, so what looks like a slip is refused instead of being published as
 * something else. @throws RegistryError `manifest_invalid`
 *
 * @param document gati-module.json, or package.json when it stands alone
 * @param isPackageJson whether fields beside `gati` are npm's and not Gati's
 */
export function statedCategory(document: JsonObject, isPackageJson: boolean): string | undefined {
  // Other shapes name their type where the reader refuses an unknown one.
  if (isObject(document["manifest"]) || document["moduleId"] !== undefined) return undefined;
  const gati = isObject(document["gati"]) ? document["gati"] : undefined;
  const inGati = gati?.["type"] !== undefined;
  const path = inGati ? "gati.type" : "type";
  const stated = inGati ? gati["type"] : document["type"];
  if (artifactTypeOf(stated) !== undefined) return undefined;
  const ofNode = !inGati && (moduleSystems as readonly unknown[]).includes(stated);
  const unknown = typeof stated === "string" && !ofNode ? stated : undefined;

  const meant = unknown === undefined ? undefined : nearestType(unknown, inGati ? [] : moduleSystems);
  if (meant !== undefined)
    throw refuse(path, `is ${JSON.stringify(unknown)}, which is no type`, [
      `Did you mean "${meant}"?`,
      `If it is a category of node module, write "type": "node" and "category": ${JSON.stringify(unknown)}.`,
    ]);

  const config = gati?.["config"] ?? (isPackageJson ? undefined : document["config"]);
  const setting = isObject(config) ? Object.keys(config).find((key) => Object.hasOwn(typedSettings, key)) : undefined;
  if (setting !== undefined)
    throw refuse(
      path,
      `${unknown === undefined ? "is missing" : `is ${JSON.stringify(unknown)}`}, and config.${setting} is not a setting of module-node`,
      [`Write "type": "${typedSettings[setting]}", or "type": "node" if it shall be a node module.`],
    );
  return inGati || !isPackageJson ? unknown : undefined;
}
