import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { inspectPlace } from "../install/place.ts";
import { readProject } from "../project/gati-json.ts";
import { type Lock, readLock } from "../project/lock-file.ts";

interface Listed {
  readonly name: string;
  readonly version: string | null;
  readonly digest: string | null;
  /** What gati.json asks for; null for a module that only others need. */
  readonly wanted: string | null;
  /** `damaged`: files were deleted or edited since they were unpacked. */
  readonly state: "installed" | "missing" | "differs" | "damaged" | "not locked";
}

async function stateOf(project: string, name: string, lock: Lock | undefined): Promise<Listed["state"]> {
  const locked = lock?.modules[name];
  if (locked === undefined) return "not locked";
  const place = await inspectPlace(project, name);
  if (place.state === "missing") return "missing";
  if (place.digest !== locked.digest) return "differs";
  return place.damaged.length === 0 ? "installed" : "damaged";
}

/** `gati module list`: what the project has, from gati.lock and gati_modules; asks no registry. */
export function listCommand(): Command {
  return newCommand("list", "list the modules of this project and whether they are in place").action(
    action(async (context: CommandContext) => {
      const { cwd, output } = context;
      const [project, lock] = [await readProject(cwd), await readLock(cwd)];
      const names = [
        ...new Set([...Object.keys(project.dependencies), ...Object.keys(lock?.modules ?? {})]),
      ].toSorted();
      const modules = await Promise.all(
        names.map(async (name): Promise<Listed> => {
          const locked = lock?.modules[name];
          return {
            name,
            version: locked?.version ?? null,
            digest: locked?.digest ?? null,
            wanted: project.dependencies[name] ?? null,
            state: await stateOf(cwd, name, lock),
          };
        }),
      );
      output.result({ modules }, [
        ...modules.map(({ name, version, digest, wanted, state }) => {
          const mark = state === "installed" ? "" : output.style("yellow", ` [${state}]`);
          return `${name}@${version ?? digest ?? "?"}${wanted === null ? output.style("dim", " (needed by others)") : output.style("dim", ` (${wanted})`)}${mark}`;
        }),
        ...(modules.length === 0 ? ["No modules. Install one with `gati module install @handle/name`."] : []),
        ...(modules.some(({ state }) => state !== "installed")
          ? ["Run `gati module install` to put everything in place."]
          : []),
      ]);
    }),
  );
}
