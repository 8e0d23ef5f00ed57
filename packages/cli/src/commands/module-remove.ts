import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { reachable } from "../install/lock-check.ts";
import { pruneModules } from "../install/place.ts";
import { dependencyName, readProject, writeDependencies } from "../project/gati-json.ts";
import { readLock, writeLock } from "../project/lock-file.ts";

/** `gati module remove`: takes modules out of gati.json, gati.lock and gati_modules; asks no registry. */
export function removeCommand(): Command {
  return newCommand("remove", "remove modules, and what only they needed, from this project")
    .argument("<names...>", "@handle/name")
    .action(
      action(async (context: CommandContext, _options: object, references: string[]) => {
        const { cwd, output } = context;
        const project = await readProject(cwd);
        const lock = await readLock(cwd);
        const names = references.map(dependencyName);
        for (const name of names) {
          if (project.dependencies[name] !== undefined) continue;
          const needed =
            lock?.modules[name] !== undefined
              ? `${name} is there because another module needs it`
              : `${name} is not in gati.json`;
          throw new CliError("not_installed", `${needed}.`, ["See what is installed: gati module list"]);
        }
        const dependencies = Object.fromEntries(
          Object.entries(project.dependencies).filter(([name]) => !names.includes(name)),
        );
        const kept = lock === undefined ? new Set<string>() : reachable(lock, Object.keys(dependencies));
        if (lock !== undefined) {
          const modules = Object.fromEntries(Object.entries(lock.modules).filter(([name]) => kept.has(name)));
          const asked = Object.fromEntries(Object.entries(lock.dependencies).filter(([name]) => !names.includes(name)));
          await writeLock(cwd, { dependencies: asked, modules });
        }
        await writeDependencies(project, dependencies);
        const removed = await pruneModules(cwd, kept);
        output.result(
          { removed, kept: [...kept].toSorted() },
          removed.length > 0 ? removed.map((name) => `- ${name}`) : names.map((name) => `- ${name} (was not unpacked)`),
        );
      }),
    );
}
