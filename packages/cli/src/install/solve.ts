import semver from "semver";
import { CliError } from "../failure.ts";
import { isRange, type RegistryError } from "../sdk.ts";
import { noSuchVersion } from "./no-such-version.ts";

/** One version of a module that could be installed. */
export interface Candidate {
  /** Null for content that a label or digest names and that is no version. */
  readonly version: string | null;
  readonly digest: string;
}

export interface Described extends Candidate {
  /** `@handle/name` to what this version asks for. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Where the solver learns what exists. The registry is one; tests have another. */
export interface ModuleCatalogue<M extends Described> {
  /** Installable versions, in any order. Throws when there is no such module. */
  versions(name: string): Promise<readonly (Candidate & { readonly version: string })[]>;
  /** What a label or digest means now. */
  resolve(name: string, selector: string): Promise<Candidate>;
  /** Reads a candidate's manifest. */
  describe(name: string, candidate: Candidate): Promise<M>;
}

interface Demand {
  readonly by: string;
  readonly range: string;
}

const maxRounds = 500;

function conflict(name: string, demands: readonly Demand[], versions: readonly Candidate[]): CliError | RegistryError {
  const [only, ...others] = demands;
  if (only !== undefined && others.length === 0) return noSuchVersion(name, only.range, versions, undefined, only.by);
  const wants = demands.map(({ by, range }) => `${by} needs ${range}`).join("; ");
  const known = semver.rsort(versions.map(({ version }) => version).filter((version) => version !== null)).slice(0, 10);
  const nothing = known.length === 0 ? "nothing is published" : `published: ${known.join(", ")}`;
  return new CliError(
    "dependency_conflict",
    `No version of ${name} suits everyone: ${wants} (${nothing}).`,
    [
      "An application has one version of each module. Choose versions of the modules named above that agree, or ask their publishers to widen the range.",
    ],
    { details: { name, demands, published: known } },
  );
}

/**
 * Chooses one version of every module that is needed, directly or not. Each gets the highest version that everything
 * which needs it accepts, and keeps the `preferred` one (of the lock file) as long as that is accepted. Cycles are fine.
 *
 * There is no search for older versions of the modules that disagree: a conflict is reported with both sides.
 *
 * @param roots what the application asks for
 * @throws CliError `dependency_conflict`, RegistryError `version_unknown` when nothing suits the only one that asks
 */
export async function solve<M extends Described>(
  roots: Readonly<Record<string, string>>,
  catalogue: ModuleCatalogue<M>,
  preferred: Readonly<Record<string, Candidate>> = {},
): Promise<Map<string, M>> {
  const selected = new Map<string, M>();
  const resolved = new Map<string, Promise<Candidate>>();
  const resolveOnce = (name: string, selector: string): Promise<Candidate> => {
    const key = `${name}@${selector}`;
    const known = resolved.get(key) ?? catalogue.resolve(name, selector);
    resolved.set(key, known);
    return known;
  };

  const accepts = async (name: string, candidate: Candidate, { range }: Demand): Promise<boolean> => {
    if (isRange(range)) return candidate.version !== null && semver.satisfies(candidate.version, range);
    return (await resolveOnce(name, range)).digest === candidate.digest;
  };

  const suits = async (name: string, candidate: Candidate, demands: readonly Demand[]): Promise<boolean> => {
    for (const demand of demands) if (!(await accepts(name, candidate, demand))) return false;
    return true;
  };

  const choose = async (name: string, demands: readonly Demand[]): Promise<Candidate> => {
    const versions = await catalogue.versions(name);
    const exact = demands.find(({ range }) => !isRange(range));
    const locked = preferred[name];
    const stillThere =
      locked && versions.some(({ version, digest }) => digest === locked.digest && version === locked.version);
    const sorted = [...versions].toSorted((left, right) => semver.rcompare(left.version, right.version));
    const candidates = [...(stillThere ? [locked] : []), ...(exact ? [await resolveOnce(name, exact.range)] : sorted)];
    for (const candidate of candidates) if (await suits(name, candidate, demands)) return candidate;
    throw conflict(name, demands, versions);
  };

  for (let round = 0; round < maxRounds; round++) {
    const demands = demandsOf(roots, selected);
    for (const name of selected.keys()) if (!demands.has(name)) selected.delete(name);
    const open: [string, readonly Demand[]][] = [];
    for (const [name, list] of demands) {
      const current = selected.get(name);
      if (current === undefined || !(await suits(name, current, list))) open.push([name, list]);
    }
    if (open.length === 0) return selected;
    const chosen = await Promise.all(
      open.map(async ([name, list]) => [name, await catalogue.describe(name, await choose(name, list))] as const),
    );
    for (const [name, module] of chosen) selected.set(name, module);
  }
  throw new CliError(
    "dependency_conflict",
    "The dependencies do not come to rest: each choice of versions asks for another one.",
    ["Install exact versions of the modules that depend on each other."],
  );
}

/** Everything that is reachable from the roots through the chosen versions, with who asks for it. */
function demandsOf(
  roots: Readonly<Record<string, string>>,
  selected: ReadonlyMap<string, Described>,
): Map<string, Demand[]> {
  const demands = new Map<string, Demand[]>();
  const queue: { by: string; wants: Readonly<Record<string, string>> }[] = [{ by: "gati.json", wants: roots }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const [name, range] of Object.entries(next.wants)) {
      const known = demands.get(name);
      if (known) {
        known.push({ by: next.by, range });
        continue;
      }
      demands.set(name, [{ by: next.by, range }]);
      const module = selected.get(name);
      if (module) queue.push({ by: `${name}@${module.version ?? module.digest}`, wants: module.dependencies });
    }
  }
  return demands;
}
