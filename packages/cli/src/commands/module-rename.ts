import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { findRepository } from "../install/find-repository.ts";
import { dependencyName } from "../project/gati-json.ts";

/** `gati module rename`: the old name leads to the new one for ever. */
export function renameCommand(): Command {
  return newCommand("rename", "give an artifact another name in its namespace (role admin)")
    .argument("<name>", "@handle/name")
    .argument("<new-name>", "the new name, without the handle")
    .action(
      action(async (context: CommandContext, _options: object, reference: string, to: string) => {
        const name = dependencyName(reference);
        context.requireCredential();
        const repository = await findRepository(context.client, name);
        const renamed = await context.client.artifacts.rename(repository, to);
        context.output.result({ from: repository, artifact: renamed }, [
          `${repository} is called ${renamed.repository} now.`,
          "The old name leads there for those who read, and is never given to another artifact.",
        ]);
      }),
    );
}
