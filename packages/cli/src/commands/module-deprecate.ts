import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { exactVersion } from "../exact-version.ts";
import { CliError } from "../failure.ts";

interface Options {
  message?: string;
  undo?: boolean;
}

const defaultMessage = "This version is deprecated.";

/** `gati module deprecate`: warns everybody who installs a version, or stops warning. The content stays. */
export function deprecateCommand(): Command {
  return newCommand("deprecate", "warn everybody who installs a version, without taking it away")
    .argument("<reference>", "@handle/name@version")
    .option("--message <text>", "what to tell them, such as which version to use instead")
    .option("--undo", "stop warning")
    .action(
      action(async (context: CommandContext, options: Options, reference: string) => {
        const { name, version } = exactVersion(reference, "gati module deprecate");
        if (options.undo && options.message !== undefined)
          throw new CliError("usage", "--undo takes no message.", ["Leave --message out, or leave --undo out."]);
        context.requireCredential();
        const { artifacts } = context.client;
        const { repository } = await context.client.resolve(`${name}@${version}`);
        const detail = options.undo
          ? await artifacts.undeprecate(repository, version)
          : await artifacts.deprecate(repository, version, options.message ?? defaultMessage);
        const { state, deprecation } = detail;
        context.output.result({ reference: `${name}@${version}`, repository, version, state, deprecation }, [
          options.undo
            ? `${name}@${version} is no longer deprecated.`
            : `Deprecated ${name}@${version}: ${deprecation}`,
        ]);
      }),
    );
}
