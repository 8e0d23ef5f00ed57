import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { type AccountOptions, secretsFor, type SecretOptions, withAccount } from "../with-account.ts";

/** `gati account email` */
export function emailCommand(): Command {
  return newCommand("email", "give the account an e-mail address, or have its mail sent again")
    .argument("<address>", "it counts once the token that is sent to it was confirmed")
    .option("--handle <handle>", "whose address")
    .option("--password-stdin", "read the password from standard input")
    .action(
      action(async (context: CommandContext, options: AccountOptions, email: string) => {
        await withAccount(context, options, [], async (client, { password }) =>
          client.account.changeEmail({ email, password }),
        );
        context.output.result({ email, confirmed: false }, [
          `A token is on its way to ${email}. Then: gati account confirm-email`,
        ]);
      }),
    );
}

/** `gati account confirm-email` */
export function confirmEmailCommand(): Command {
  return newCommand("confirm-email", "confirm an e-mail address with the token that was sent to it")
    .option("--password-stdin", "read the token from standard input")
    .action(
      action(async (context: CommandContext, options: SecretOptions) => {
        const [token = ""] = await secretsFor(context, options, ["Token"]);
        const confirmed = await context.clientWith(undefined).account.confirmEmail(token.trim());
        context.output.result(confirmed, [`${confirmed.email} is the address of ${confirmed.handle} now.`]);
      }),
    );
}
