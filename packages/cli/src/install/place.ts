import { randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readJsonFile } from "../project/json-file.ts";
import { type GatiManifest, mediaTypes } from "../sdk.ts";
import { type ArchiveLimits, safeSegments, unsafe } from "./archive-policy.ts";
import type { ResolvedModule } from "./catalogue.ts";
import { extractArchive } from "./extract.ts";
import { installedLayers } from "./fetch.ts";
import { damagedFiles, type Inventory, takeInventory } from "./inventory.ts";
import type { ContentStore } from "./store.ts";

export const modulesDirectory = "gati_modules";

/** Written into every installed module: what it is, for the runtime and for the next `install`. */
export const markerName = ".gati.json";

export interface Marker {
  readonly name: string;
  readonly version: string | null;
  readonly digest: string;
  readonly type: string;
  /** For module-oci: what to hand to a container engine. */
  readonly image?: string;
  readonly manifest?: GatiManifest;
  /** What was unpacked, to tell later whether it is still there. */
  readonly files: Inventory;
}

/** What stands under a name in gati_modules. */
export type InPlace =
  | { readonly state: "missing" }
  /** `damaged` names the files that are gone or were edited. */
  | { readonly state: "present"; readonly digest: string; readonly damaged: readonly string[] };

const archiveTypes: ReadonlySet<string> = new Set([
  mediaTypes.gatiContent,
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar",
]);

/** Looks at what is installed under a name. A marker that cannot be read counts as nothing. */
export async function inspectPlace(project: string, name: string): Promise<InPlace> {
  const directory = join(project, modulesDirectory, name);
  const path = join(directory, markerName);
  const file = await readJsonFile(path).catch(() => undefined);
  const { digest, files } = (file?.document ?? {}) as Partial<Marker>;
  if (typeof digest !== "string" || typeof files !== "object" || files === null) return { state: "missing" };
  const { mtimeMs } = await stat(path);
  return { state: "present", digest, damaged: await damagedFiles(directory, files, mtimeMs) };
}

async function placeFile(source: string, directory: string, title: string, executable: boolean): Promise<void> {
  const segments = safeSegments(title);
  if (segments.length === 0 || segments[0] === markerName)
    throw unsafe(`the name ${JSON.stringify(title)} is no file name`, { title });
  const target = join(directory, ...segments);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
  await chmod(target, executable ? 0o755 : 0o644);
}

async function fill(
  directory: string,
  name: string,
  module: ResolvedModule,
  store: ContentStore,
  limits: ArchiveLimits,
  host: string,
): Promise<void> {
  for (const layer of installedLayers(module)) {
    const source = store.path(layer.digest);
    if (archiveTypes.has(layer.mediaType)) await extractArchive(source, directory, limits);
    else
      await placeFile(
        source,
        directory,
        layer.title ?? `${name.slice(name.indexOf("/") + 1)}.bin`,
        module.type === "module-binary",
      );
  }
  // An archive may bring a file of that name, which is not the marker.
  await rm(join(directory, markerName), { force: true, recursive: true });
  const marker: Marker = {
    name,
    version: module.version,
    digest: module.digest,
    type: module.type,
    ...(module.type === "module-oci" ? { image: `${host}/${module.repository}@${module.digest}` } : {}),
    ...(module.manifest === undefined ? {} : { manifest: module.manifest }),
    files: await takeInventory(directory),
  };
  await writeFile(join(directory, markerName), `${JSON.stringify(marker, null, 2)}\n`);
}

/**
 * Puts modules into `gati_modules/@handle/name`. All of them are made in a staging directory first, and only when every
 * one is complete are they renamed into place: a failure leaves the project as it was.
 */
export async function placeModules(
  project: string,
  modules: ReadonlyMap<string, ResolvedModule>,
  options: { store: ContentStore; limits: ArchiveLimits; host: string },
): Promise<void> {
  if (modules.size === 0) return;
  const root = join(project, modulesDirectory);
  const staging = join(root, `.staging-${randomUUID()}`);
  try {
    for (const [name, module] of modules) {
      const directory = join(staging, "new", name);
      await mkdir(directory, { recursive: true });
      await fill(directory, name, module, options.store, options.limits, options.host);
    }
    for (const name of modules.keys())
      await swap(join(staging, "new", name), join(root, name), join(staging, "old", name));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function swap(fresh: string, target: string, old: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await mkdir(dirname(old), { recursive: true });
  await rename(target, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(fresh, target);
}

/** Removes modules that are not in `keep`, and what killed installs left behind. Resolves to the names that went. */
export async function pruneModules(project: string, keep: ReadonlySet<string>): Promise<string[]> {
  const root = join(project, modulesDirectory);
  const removed: string[] = [];
  for (const scope of await readdir(root, { withFileTypes: true }).catch(() => [])) {
    if (scope.name.startsWith(".staging-")) await rm(join(root, scope.name), { recursive: true, force: true });
    if (!scope.isDirectory() || !scope.name.startsWith("@")) continue;
    for (const name of await readdir(join(root, scope.name))) {
      if (keep.has(`${scope.name}/${name}`)) continue;
      await rm(join(root, scope.name, name), { recursive: true, force: true });
      removed.push(`${scope.name}/${name}`);
    }
    // Fails, as it should, while modules of the scope remain.
    await rmdir(join(root, scope.name)).catch(() => undefined);
  }
  return removed.toSorted();
}
