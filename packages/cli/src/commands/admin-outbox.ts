import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";

/** `gati admin outbox`: where nothing sends mail, the operator hands it on. */
export function outboxCommand(): Command {
  return newCommand("outbox", "read the registry's mails, newest first (operators)")
    .option("--limit <n>", "how many", "10")
    .action(
      action(async (context: CommandContext, options: { limit: string }) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1)
          throw new CliError("usage", "--limit takes a whole number.", ["For example: --limit 20"]);
        context.requireCredential();
        const mails = await context.client.administration.outbox(limit);
        const lines = mails.flatMap(({ createdAt, state, to, subject, text }) => [
          context.output.style("bold", subject),
          `${createdAt}  ${state}  to ${to}`,
          ...(text === "" ? [] : ["", ...text.split("\n").map((one) => `    ${one}`.trimEnd())]),
        ]);
        context.output.result({ mails }, lines.length > 0 ? lines : ["No mails."]);
      }),
    );
}
