import { open, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { CliError } from "../failure.ts";
import { type Descriptor, digestFile, type JsonObject, type JsonValue, mediaTypes, titleAnnotation } from "../sdk.ts";
import { declaredPrograms, listFiles } from "../pack/list-files.ts";
import { writeArchive } from "../pack/archive.ts";
import type { ModuleSource } from "./read-module.ts";

/** One layer and the file whose bytes it is. */
export interface LayerFile {
  readonly descriptor: Descriptor;
  readonly path: string;
  /** What was packed, for archives. */
  readonly files?: readonly string[];
}

export async function layerOf(path: string, mediaType: string, title: string): Promise<LayerFile> {
  const { size } = await stat(path);
  return {
    path,
    descriptor: { mediaType, digest: await digestFile(path), size, annotations: { [titleAnnotation]: title } },
  };
}

async function insideFile(directory: string, path: string, field: string): Promise<string> {
  const absolute = resolve(directory, path);
  const inside = relative(directory, absolute);
  if (inside === "" || inside.startsWith(`..${sep}`) || inside === "..") {
    throw new CliError("content_invalid", `${field} names ${path}, which is outside the module.`, [
      "Name a file below the module's directory.",
    ]);
  }
  const info = await stat(absolute).catch(() => undefined);
  if (!info?.isFile())
    throw new CliError("file_missing", `${field} names ${path}, which does not exist.`, [
      "Build the module first, or correct the manifest.",
    ]);
  return absolute;
}

const textOf = (value: JsonValue | undefined): string | undefined => (typeof value === "string" ? value : undefined);

const wasmMagic = Buffer.from([0x00, 0x61, 0x73, 0x6d]);

async function wasmLayers({ directory, manifest }: ModuleSource): Promise<LayerFile[]> {
  const { wasmFile, entry, file } = manifest.config ?? {};
  const main = textOf(manifest.npm?.["main"]);
  const named = textOf(wasmFile) ?? textOf(file) ?? [textOf(entry), main].find((path) => path?.endsWith(".wasm"));
  if (named === undefined) {
    throw new CliError("content_invalid", "The manifest does not name the WebAssembly file.", [
      'Add "config": { "wasmFile": "build/module.wasm" } to it.',
    ]);
  }
  const path = await insideFile(directory, named, "config.wasmFile");
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead < 4 || !buffer.equals(wasmMagic)) {
      throw new CliError("content_invalid", `${named} is not a WebAssembly module: it does not begin with \\0asm.`, [
        "Build it again, or correct config.wasmFile.",
      ]);
    }
  } finally {
    await handle.close();
  }
  return [await layerOf(path, mediaTypes.wasm, basename(named))];
}

/** Paths in `config`, in the spellings that the documents use: one file, a list, or platform to file. */
function namedFiles(config: JsonObject, keys: readonly string[]): string[] {
  const paths = keys.flatMap((key) => {
    const value = config[key];
    if (typeof value === "string") return [value];
    if (Array.isArray(value)) return value as JsonValue[];
    return typeof value === "object" && value !== null ? Object.values(value) : [];
  });
  return [...new Set(paths.filter((path): path is string => typeof path === "string"))];
}

async function rawLayers({ directory, manifest }: ModuleSource, keys: readonly string[]): Promise<LayerFile[]> {
  const paths = namedFiles(manifest.config ?? {}, keys);
  if (paths.length === 0) {
    throw new CliError("content_invalid", `The manifest of a ${manifest.type} names no file.`, [
      `Add "config": { "${keys[0]}": "path/to/file" } to it.`,
    ]);
  }
  const layers: LayerFile[] = [];
  for (const path of paths) {
    const absolute = await insideFile(directory, path, `config.${keys[0]}`);
    layers.push(await layerOf(absolute, mediaTypes.octetStream, relative(directory, absolute).split(sep).join("/")));
  }
  return layers;
}

/** Publishing before building is the commonest mistake, and a version cannot be corrected afterwards. */
function requireEntry(main: JsonValue | undefined, files: readonly string[]): void {
  if (typeof main !== "string") return;
  const path = main.replace(/^\.\//, "").replace(/\/$/, "");
  if (["", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js"].some((ending) => files.includes(`${path}${ending}`)))
    return;
  throw new CliError(
    "content_invalid",
    `package.json names ${main} as its entry, which is not among the files to publish.`,
    ["Build the module first, or correct `main` and `files`; `--dry-run` shows what would be published."],
  );
}

async function packedLayer(module: ModuleSource, workDirectory: string): Promise<LayerFile[]> {
  const { directory, manifest, packageJson, always } = module;
  const files = await listFiles(directory, packageJson, always);
  if (files.length === 0)
    throw new CliError("content_invalid", `${directory} has no files to publish.`, [
      "Check `files` in package.json and .npmignore.",
    ]);
  requireEntry(manifest.npm?.["main"], files);
  const path = join(workDirectory, "content.tgz");
  const { digest, size } = await writeArchive(directory, files, declaredPrograms(packageJson), path);
  const title = `${manifest.name}-${manifest.version}.tgz`;
  return [
    {
      path,
      files,
      descriptor: { mediaType: mediaTypes.gatiContent, digest, size, annotations: { [titleAnnotation]: title } },
    },
  ];
}

/**
 * The content of a module as layers, by its type: WebAssembly, binaries and models are raw files, an external module
 * has no content, everything else is packed. Archives are written to `workDirectory`.
 */
export async function layersOf(module: ModuleSource, workDirectory: string): Promise<LayerFile[]> {
  switch (module.manifest.type) {
    case "module-wasm":
      return wasmLayers(module);
    case "module-binary":
      return rawLayers(module, ["binaryFile", "binaries", "binary", "files", "file", "entry"]);
    case "model":
      return rawLayers(module, ["modelFile", "modelFiles", "files", "file"]);
    case "module-external":
      return [];
    default:
      return packedLayer(module, workDirectory);
  }
}
