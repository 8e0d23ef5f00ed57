import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { dependencyName, type Project, readProject, writeDependencies } from "../project/gati-json.ts";
import { type Lock, type LockedModule, readLock, writeLock } from "../project/lock-file.ts";
import { parseArtifactReference } from "../sdk.ts";
import { limitsFrom } from "./archive-policy.ts";
import { RegistryCatalogue, type ResolvedModule } from "./catalogue.ts";
import { fetchLayers } from "./fetch.ts";
import { lockProblems, requireCurrent } from "./lock-check.ts";
import { inspectPlace, placeModules, pruneModules } from "./place.ts";
import { solve } from "./solve.ts";
import { ContentStore } from "./store.ts";

export interface InstallOptions {
  /** References as typed: `@krishna/user-auth@^2`. Empty: what gati.json asks for. */
  readonly references: readonly string[];
  readonly frozen: boolean;
  /** Unpack again what is in place already. */
  readonly force: boolean;
}

export interface InstalledModule {
  readonly name: string;
  readonly version: string | null;
  readonly digest: string;
  /** `repaired`: files were missing or edited; `reinstalled`: unpacked again because that was asked for. */
  readonly status: "added" | "changed" | "repaired" | "reinstalled" | "unchanged";
  /** The files that a repair brought back. */
  readonly repaired?: readonly string[];
}

export interface InstallResult {
  readonly modules: readonly InstalledModule[];
  readonly removed: readonly string[];
  readonly downloadedBytes: number;
  readonly warnings: readonly string[];
}

/** What gati.json asks for once the references are added: without a range, compatible with the newest. */
async function rootsWith(
  project: Project,
  references: readonly string[],
  catalogue: RegistryCatalogue,
): Promise<Record<string, string>> {
  const roots: Record<string, string> = { ...project.dependencies };
  for (const reference of references) {
    const name = dependencyName(reference);
    const { selector } = parseArtifactReference(reference);
    if (selector === undefined) {
      const { version, digest } = await catalogue.newest(name);
      roots[name] = version === null ? digest : `^${version}`;
    } else {
      roots[name] = selector;
    }
  }
  return roots;
}

async function describeLock(lock: Lock, catalogue: RegistryCatalogue): Promise<Map<string, ResolvedModule>> {
  const entries = Object.entries(lock.modules).map(
    async ([name, locked]) => [name, await catalogue.describeLocked(name, locked)] as const,
  );
  return new Map(await Promise.all(entries));
}

function lockOf(roots: Readonly<Record<string, string>>, modules: ReadonlyMap<string, ResolvedModule>): Lock {
  const locked = [...modules].map(([name, module]): [string, LockedModule] => {
    const { manifest: _manifest, ...entry } = module;
    return [name, entry];
  });
  return { dependencies: roots, modules: Object.fromEntries(locked) };
}

async function statusOf(
  project: string,
  name: string,
  { digest }: ResolvedModule,
  force: boolean,
): Promise<Pick<InstalledModule, "status" | "repaired">> {
  const place = await inspectPlace(project, name);
  if (place.state === "missing") return { status: "added" };
  if (place.digest !== digest) return { status: "changed" };
  if (place.damaged.length > 0) return { status: "repaired", repaired: place.damaged };
  return { status: force ? "reinstalled" : "unchanged" };
}

/**
 * Installs into the project in `context.cwd`: chooses versions (or takes the lock's), brings verified content into the
 * store, unpacks it beside its place and renames it in, then writes gati.lock and gati.json. Whatever fails before the
 * last steps leaves the project as it was. With a lock that answers gati.json and a warm store nothing is asked of the
 * registry.
 */
export async function installModules(context: CommandContext, options: InstallOptions): Promise<InstallResult> {
  const { cwd, client, output } = context;
  if (options.frozen && options.references.length > 0) {
    throw new CliError("usage", "--frozen installs what gati.lock says and takes no names.", [
      "Leave the names out, or leave --frozen out.",
    ]);
  }
  const project = await readProject(cwd);
  const lock = await readLock(cwd);
  if (!project.exists && options.references.length === 0) {
    throw new CliError("file_missing", `There is no gati.json in ${cwd}.`, [
      "Name a module to install: gati module install @handle/name",
    ]);
  }
  const store = new ContentStore(context.directories.store);
  const catalogue = new RegistryCatalogue(client, store, lock?.modules);

  const frozenLock = options.frozen ? requireCurrent(lock, project.dependencies) : undefined;
  const roots = await rootsWith(project, options.references, catalogue);
  const currentLock =
    frozenLock ??
    (lock && options.references.length === 0 && lockProblems(lock, roots).length === 0 ? lock : undefined);
  const modules = currentLock
    ? await describeLock(currentLock, catalogue)
    : await solve(roots, catalogue, lock?.modules);

  const statuses = await Promise.all(
    [...modules].map(async ([name, module]) => [name, await statusOf(cwd, name, module, options.force)] as const),
  );
  const status = new Map(statuses);
  const pending = new Map([...modules].filter(([name]) => status.get(name)?.status !== "unchanged"));
  const downloadedBytes = await fetchLayers(client, store, [...pending.values()], output);
  await placeModules(cwd, pending, { store, limits: limitsFrom(context.env), host: context.registry.host });
  const removed = await pruneModules(cwd, new Set(modules.keys()));
  if (!currentLock) {
    await writeLock(cwd, lockOf(roots, modules));
    if (options.references.length > 0) await writeDependencies(project, roots);
  }
  const warnings = [...modules].flatMap(([name, { version }]) => {
    const deprecation = catalogue.deprecations.get(`${name}@${version}`);
    return deprecation === undefined ? [] : [`${name}@${version} is deprecated: ${deprecation}`];
  });
  const sorted = [...modules].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return {
    modules: sorted.map(([name, { version, digest }]) => ({
      name,
      version,
      digest,
      ...(status.get(name) ?? { status: "added" as const }),
    })),
    removed,
    downloadedBytes,
    warnings,
  };
}
