import { relative } from "node:path";
import { type Command, Option } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { createModule, type ModuleType, moduleTypes } from "../create/create-module.ts";

const nextStep: Readonly<Record<ModuleType, string>> = {
  node: "npm install && npm test",
  wasm: "npm install && npm run build",
  oci: "docker buildx build --output type=oci,tar=false,dest=image .",
  binary: "gati module publish --dry-run",
  external: "gati module publish --dry-run",
};

/** `gati module create`: start a module from a template. */
export function createCommand(): Command {
  return newCommand("create", "start a module from a template")
    .argument("<name>", "name of the module, with @handle/ in front if it has a namespace already")
    .addOption(new Option("--type <type>", "kind of module").choices(moduleTypes).default("node"))
    .option("--directory <path>", "where to put it (default: a directory of that name)")
    .action(
      action(async (context: CommandContext, options: { type: ModuleType; directory?: string }, name: string) => {
        const created = await createModule(context.cwd, name, options.type, options.directory);
        context.output.result(created, [
          ...created.files.map((file) => `+ ${file}`),
          `Created ${context.output.style("bold", created.name)}. Next:`,
          `  cd ${relative(context.cwd, created.directory) || "."}`,
          `  ${nextStep[options.type]}`,
        ]);
      }),
    );
}
