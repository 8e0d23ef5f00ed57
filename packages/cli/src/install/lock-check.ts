import semver from "semver";
import { CliError } from "../failure.ts";
import type { Lock } from "../project/lock-file.ts";
import { isRange } from "../sdk.ts";

/** Why the lock does not answer what gati.json asks; empty when it does. */
export function lockProblems(lock: Lock, roots: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  for (const [name, range] of Object.entries(roots)) {
    const locked = lock.dependencies[name];
    if (locked === undefined) problems.push(`gati.json asks for ${name} ${range}, gati.lock does not have it`);
    else if (locked !== range) problems.push(`gati.json asks for ${name} ${range}, gati.lock was made for ${locked}`);
  }
  for (const name of Object.keys(lock.dependencies))
    if (roots[name] === undefined) problems.push(`gati.lock has ${name}, which gati.json does not ask for`);
  const asking: (readonly [string, Readonly<Record<string, string>>])[] = [
    ["gati.json", roots],
    ...Object.entries(lock.modules).map(([name, { dependencies }]) => [name, dependencies] as const),
  ];
  for (const [by, wants] of asking) {
    for (const [name, range] of Object.entries(wants)) {
      const module = lock.modules[name];
      if (module === undefined) {
        if (by !== "gati.json") problems.push(`${by} needs ${name}, which gati.lock does not have`);
        else if (lock.dependencies[name] !== undefined)
          problems.push(`gati.lock names ${name} without saying which version`);
      } else if (isRange(range) && (module.version === null || !semver.satisfies(module.version, range))) {
        problems.push(`${by} needs ${name} ${range}, gati.lock has ${module.version ?? module.digest}`);
      }
    }
  }
  return problems;
}

/** For `--frozen`: throws `lock_outdated` when the lock is missing or does not answer gati.json. */
export function requireCurrent(lock: Lock | undefined, roots: Readonly<Record<string, string>>): Lock {
  const howTo = "Run `gati module install` without --frozen and commit gati.lock.";
  if (lock === undefined) throw new CliError("lock_outdated", "There is no gati.lock.", [howTo]);
  const problems = lockProblems(lock, roots);
  if (problems.length === 0) return lock;
  throw new CliError("lock_outdated", `gati.lock is out of date: ${problems.join("; ")}.`, [howTo], {
    details: { problems },
  });
}

/** The names that are reachable from `roots` through the locked modules. */
export function reachable(lock: Lock, roots: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const module = lock.modules[name];
    if (module === undefined || found.has(name)) continue;
    found.add(name);
    queue.push(...Object.keys(module.dependencies));
  }
  return found;
}
