import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, parse, resolve } from "node:path";
import { CliError } from "../failure.ts";
import { readJsonFile } from "../project/json-file.ts";
import { type GatiManifest, type JsonObject, parseGatiManifest, RegistryError } from "../sdk.ts";
import { statedCategory } from "./stated-type.ts";

export interface ModuleSource {
  readonly directory: string;
  readonly manifest: GatiManifest;
  /** Empty when there is none. */
  readonly packageJson: JsonObject;
  /** Files that are packed whatever the ignore rules say. */
  readonly always: readonly string[];
}

/** Where a module's manifest is looked for, most specific first. */
const manifestNames = ["gati-module.json", "gati.manifest.json"] as const;

/** Fields that package.json may state for both, so that nobody has to write them twice. */
const shared = ["name", "version", "description", "author", "license", "keywords", "repository", "homepage"];

/**
 * One manifest out of what was found: the Gati manifest decides, package.json fills gaps and adds its npm part.
 * Throws `manifest_invalid` when the two state different versions, or a type that looks like a slip.
 */
export function mergeManifests(gati: JsonObject | undefined, packageJson: JsonObject | undefined): GatiManifest {
  const category = statedCategory(gati ?? packageJson ?? {}, gati === undefined);
  const manifest = merge(gati, packageJson);
  return category === undefined || manifest.category !== undefined ? manifest : { ...manifest, category };
}

function merge(gati: JsonObject | undefined, packageJson: JsonObject | undefined): GatiManifest {
  if (gati === undefined) return parseGatiManifest(packageJson ?? {});
  if (packageJson === undefined) return parseGatiManifest(gati);
  const stated = gati["version"];
  if (stated !== undefined && packageJson["version"] !== undefined && stated !== packageJson["version"]) {
    throw new RegistryError(
      "manifest_invalid",
      `package.json says version ${JSON.stringify(packageJson["version"])}, the Gati manifest says ${JSON.stringify(stated)}.`,
      {
        suggestions: ["Write the same version into both, or leave it out of the Gati manifest."],
      },
    );
  }
  const gaps = shared.filter(
    (key) =>
      gati[key] === undefined && packageJson[key] !== undefined && !(key === "name" && gati["moduleId"] !== undefined),
  );
  const filled = Object.fromEntries(gaps.map((key) => [key, packageJson[key] as JsonObject]));
  const { gati: _gati, ...npmOnly } = packageJson;
  const { npm } = parseGatiManifest({ ...npmOnly, name: "x", version: "0.0.0" });
  const manifest = parseGatiManifest({ ...filled, ...gati });
  return { ...manifest, ...(npm === undefined || manifest.npm !== undefined ? {} : { npm }) };
}

/** A file alone says neither what it is called nor which version it is. */
async function bareFile(path: string): Promise<CliError> {
  const directory = dirname(path);
  const names = await readdir(directory);
  const manifest = [...manifestNames, "package.json"].find((name) => names.includes(name));
  const type = path.endsWith(".wasm") ? "wasm" : "binary";
  const example = { name: parse(path).name, version: "1.0.0", type, config: { [`${type}File`]: basename(path) } };
  return new CliError("content_invalid", `${path} is a bare file, and a module is published by its manifest.`, [
    manifest === undefined
      ? `Put a gati-module.json beside it, such as ${JSON.stringify(example)}, and publish the directory: gati module publish ${directory}`
      : `Publish the directory with its ${manifest}, which names the file: gati module publish ${directory}`,
  ]);
}

/** Reads the manifest of the module in `directory`. Throws `manifest_missing`, `manifest_invalid` or `file_missing`. */
export async function readModule(directory: string, manifestPath?: string): Promise<ModuleSource> {
  const root = resolve(directory);
  const info = await stat(root).catch(() => undefined);
  if (info?.isFile()) throw await bareFile(root);
  if (!info?.isDirectory())
    throw new CliError("file_missing", `There is no directory ${root}.`, [
      "Give the directory of a module, or a .tgz file made by npm pack.",
    ]);
  const candidates =
    manifestPath === undefined ? manifestNames.map((name) => join(root, name)) : [resolve(root, manifestPath)];
  let found: { path: string; document: JsonObject } | undefined;
  for (const path of candidates) {
    const file = await readJsonFile(path);
    if (file) {
      found = { path, document: file.document };
      break;
    }
  }
  const packageJson = (await readJsonFile(join(root, "package.json")))?.document;
  if (manifestPath !== undefined && found === undefined)
    throw new CliError("file_missing", `There is no file ${manifestPath}.`, ["Check the path after --manifest."]);
  if (found === undefined && packageJson === undefined) {
    throw new CliError("manifest_missing", `${root} has no gati-module.json and no package.json.`, [
      "Change to the module's directory, or start one with `gati module create <name>`.",
    ]);
  }
  const always = found !== undefined && join(root, basename(found.path)) === found.path ? [basename(found.path)] : [];
  return {
    directory: root,
    manifest: mergeManifests(found?.document, packageJson),
    packageJson: packageJson ?? {},
    always,
  };
}
