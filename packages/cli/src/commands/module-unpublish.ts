import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { dependencyName } from "../project/gati-json.ts";
import { isVersion, parseArtifactReference, parseVersion } from "../sdk.ts";
import { askConfirmation } from "../terminal/prompts.ts";

/** `gati module unpublish`: takes one version back, for good. */
export function unpublishCommand(): Command {
  return newCommand("unpublish", "take a version back; its number can never be used again")
    .argument("<reference>", "@handle/name@version")
    .option("--yes", "do not ask")
    .action(
      action(async (context: CommandContext, options: { yes?: boolean }, reference: string) => {
        const name = dependencyName(reference);
        const { selector } = parseArtifactReference(reference);
        if (selector === undefined || !isVersion(selector)) {
          throw new CliError("usage", "Name exactly one version.", [
            `For example: gati module unpublish ${name}@1.0.0`,
          ]);
        }
        context.requireCredential();
        const { repository } = await context.client.resolve(`${name}@${selector}`);
        if (!options.yes) {
          const question = `Take ${name}@${selector} back? Nobody can install it any more, and ${selector} can never be published again.`;
          if (!context.output.interactive)
            throw new CliError("usage", "Unpublishing cannot be undone and there is no terminal to ask on.", [
              "Add --yes if you are sure.",
            ]);
          if (!(await askConfirmation(question)))
            throw new CliError("interrupted", "Nothing was unpublished.", [
              "To warn users instead, deprecate the version.",
            ]);
        }
        await context.client.artifacts.unpublish(repository, parseVersion(selector));
        context.output.result(
          { status: "unpublished", reference: `${name}@${selector}`, repository, version: selector },
          [`Unpublished ${name}@${selector}.`],
        );
      }),
    );
}
