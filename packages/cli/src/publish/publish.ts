import { resolve } from "node:path";
import type { CommandContext } from "../context.ts";
import {
  type GatiManifest,
  mediaTypes,
  parseRepository,
  qualifyDependencies,
  type Repository,
  RegistryError,
  type Version,
} from "../sdk.ts";
import { withScratch } from "../settings/scratch.ts";
import { layerOf, layersOf, type LayerFile } from "./layers.ts";
import { chooseNamespace } from "./namespace.ts";
import { planImage } from "./oci-layout.ts";
import { planPublish, type PublishPlan } from "./plan.ts";
import { type ModuleSource, readModule } from "./read-module.ts";
import { readTarballManifest } from "./tarball.ts";
import { trustedNamespace, trustedPublisher } from "./trusted-publisher.ts";
import { UploadState } from "./upload-state.ts";
import { uploadBlobs, type UploadSummary } from "./upload.ts";

export interface PublishOptions {
  readonly namespace?: string | undefined;
  readonly manifest?: string | undefined;
  readonly dryRun: boolean;
  /** Labels that shall point at the version. */
  readonly labels: readonly string[];
  readonly chunkSize?: number | undefined;
}

export interface Published {
  readonly plan: PublishPlan;
  readonly repository: Repository;
  readonly version: Version;
  readonly files: readonly string[] | undefined;
  readonly status: "published" | "already-published" | "dry-run";
  /** Labels that pointed elsewhere, or nowhere, before. */
  readonly movedLabels: readonly string[];
  readonly uploads: UploadSummary | undefined;
}

/** The manifest as it is published: it names its namespace, and its dependencies in full. */
function placed(manifest: GatiManifest, handle: string): GatiManifest {
  return qualifyDependencies({ ...manifest, scope: handle as NonNullable<GatiManifest["scope"]> }, handle);
}

const isArchive = (path: string): boolean => /\.(?:tgz|tar\.gz)$/.test(path);

/** Reads a module from a directory or a packed archive. */
async function open(
  path: string,
  manifestPath: string | undefined,
): Promise<ModuleSource | { archive: string; manifest: GatiManifest }> {
  if (!isArchive(path)) return readModule(path, manifestPath);
  const archive = resolve(path);
  return { archive, manifest: await readTarballManifest(archive) };
}

async function planOf(
  source: Awaited<ReturnType<typeof open>>,
  handle: string,
  workDirectory: string,
): Promise<{ plan: PublishPlan; files: LayerFile["files"] }> {
  const manifest = placed(source.manifest, handle);
  if ("archive" in source) {
    // Titled by content, not by the file's name on this machine, which must not change the digest.
    const layer = await layerOf(source.archive, mediaTypes.gatiContent, `${manifest.name}-${manifest.version}.tgz`);
    return { plan: await planPublish(manifest, [layer]), files: undefined };
  }
  const module = { ...source, manifest };
  if (manifest.type === "module-oci") return { plan: await planImage(module), files: undefined };
  const layers = await layersOf(module, workDirectory);
  return { plan: await planPublish(manifest, layers), files: layers.flatMap((layer) => layer.files ?? []) };
}

/** Sends the manifest that makes the version. True when the version is new. */
async function finalise({ client }: CommandContext, plan: PublishPlan, repository: Repository): Promise<boolean> {
  const { version } = plan.manifest;
  for (const child of plan.children ?? [])
    await client.oci.putManifest(repository, child.digest, child.bytes, child.mediaType);
  if (plan.imageMediaType !== mediaTypes.ociManifest) {
    await client.oci.putManifest(repository, version, plan.image, plan.imageMediaType);
    return true;
  }
  const result = await client.artifacts.publish(repository, version, plan.image);
  if (result.digest === plan.digest) return result.created;
  throw new RegistryError("digest_invalid", `The registry published ${result.digest} instead of ${plan.digest}.`, {
    suggestions: ["Report this to the registry's operator, and do not use the version."],
  });
}

/** Points labels at the version. Resolves to those that pointed elsewhere before. */
async function moveLabels(
  { client }: CommandContext,
  plan: PublishPlan,
  repository: Repository,
  labels: readonly string[],
): Promise<readonly string[]> {
  if (labels.length === 0) return [];
  const before = (await client.artifacts.get(repository)).labels;
  for (const label of labels) await client.oci.putManifest(repository, label, plan.image, plan.imageMediaType);
  return labels.filter((label) => before[label]?.digest !== plan.digest);
}

/**
 * Publishes a module: pack, upload what the registry lacks, then one request that makes the version. Until that last
 * request nothing is visible; running it again after any failure goes on where it stopped, and after success changes
 * nothing. A CI job without a key signs in by its own ID token. Throws `CliError` and `RegistryError`.
 *
 * @param path directory of the module, or a .tgz that is published byte for byte
 */
export async function publishModule(given: CommandContext, path: string, options: PublishOptions): Promise<Published> {
  const source = await open(resolve(given.cwd, path), options.manifest);
  const scopeIsEnough = options.dryRun && source.manifest.scope !== undefined && options.namespace === undefined;
  const publisher = scopeIsEnough ? undefined : await trustedPublisher(given);
  const context = publisher?.context ?? given;
  const { handle, namespace } = scopeIsEnough
    ? { handle: source.manifest.scope as string, namespace: `users/${source.manifest.scope}` }
    : publisher
      ? trustedNamespace(publisher, source.manifest.name, options.namespace ?? source.manifest.scope)
      : await chooseNamespace(context.client, options.namespace, source.manifest.scope);
  const { repository } = parseRepository(`${namespace}/${source.manifest.name}`);

  return withScratch(context.directories.cache, async (workDirectory) => {
    const { plan, files } = await planOf(source, handle, workDirectory);
    const { version } = plan.manifest;
    const base = { plan, repository, version, files };
    if (options.dryRun) return { ...base, status: "dry-run", movedLabels: [], uploads: undefined };
    const uploads = await uploadBlobs(context.client, repository, plan.blobs, {
      state: new UploadState(context.directories.cache),
      output: context.output,
      chunkSize: options.chunkSize,
    });
    const created = await finalise(context, plan, repository);
    const movedLabels = await moveLabels(context, plan, repository, options.labels);
    return { ...base, status: created ? "published" : "already-published", movedLabels, uploads };
  });
}
