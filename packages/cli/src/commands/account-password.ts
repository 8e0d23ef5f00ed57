import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { type AccountOptions, secretsFor, type SecretOptions, withAccount } from "../with-account.ts";

/** `gati account password` */
export function passwordCommand(): Command {
  return newCommand("password", "change your password and end all other sessions")
    .option("--handle <handle>", "whose password")
    .option("--password-stdin", "read the present and the new password from standard input, one line each")
    .action(
      action(async (context: CommandContext, options: AccountOptions) => {
        await withAccount(context, options, ["New password"], async (client, { password, more }) =>
          client.account.changePassword({ password, newPassword: more[0] ?? "" }),
        );
        context.output.result({ changed: true }, ["The password was changed. API keys still work."]);
      }),
    );
}

/** `gati account forgot-password` */
export function forgotPasswordCommand(): Command {
  return newCommand("forgot-password", "have a token for a new password sent to the account's confirmed address")
    .argument("<account>", "handle or e-mail address")
    .action(
      action(async (context: CommandContext, _: object, account: string) => {
        await context.clientWith(undefined).account.forgotPassword(account);
        context.output.result({ asked: true }, [
          "If there is such an account with a confirmed address, a mail is on its way. Then: gati account reset-password",
        ]);
      }),
    );
}

/** `gati account reset-password` */
export function resetPasswordCommand(): Command {
  return newCommand("reset-password", "set a new password with the token of the mail")
    .option("--password-stdin", "read the token and the new password from standard input, one line each")
    .action(
      action(async (context: CommandContext, options: SecretOptions) => {
        const [token = "", password = ""] = await secretsFor(context, options, ["Token", "New password"]);
        await context.clientWith(undefined).account.resetPassword({ token: token.trim(), password });
        context.output.result({ changed: true }, ["The password is set, and all sessions were ended. Run: gati login"]);
      }),
    );
}
