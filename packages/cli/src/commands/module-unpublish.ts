import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { exactVersion } from "../exact-version.ts";
import { CliError } from "../failure.ts";
import { askConfirmation } from "../terminal/prompts.ts";

/** `gati module unpublish`: takes one version back, for good. */
export function unpublishCommand(): Command {
  return newCommand("unpublish", "take a version back; its number can never be used again")
    .argument("<reference>", "@handle/name@version")
    .option("--yes", "do not ask")
    .action(
      action(async (context: CommandContext, options: { yes?: boolean }, reference: string) => {
        const { name, version } = exactVersion(reference, "gati module unpublish");
        context.requireCredential();
        const { repository } = await context.client.resolve(`${name}@${version}`);
        if (!options.yes) {
          const question = `Take ${name}@${version} back? Nobody can install it any more, and ${version} can never be published again.`;
          if (!context.output.interactive)
            throw new CliError("usage", "Unpublishing cannot be undone and there is no terminal to ask on.", [
              "Add --yes if you are sure.",
            ]);
          if (!(await askConfirmation(question)))
            throw new CliError("interrupted", "Nothing was unpublished.", [
              `To warn users instead: gati module deprecate ${name}@${version}`,
            ]);
        }
        await context.client.artifacts.unpublish(repository, version);
        context.output.result({ status: "unpublished", reference: `${name}@${version}`, repository, version }, [
          `Unpublished ${name}@${version}.`,
        ]);
      }),
    );
}
