import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { keepLogin, makeKey } from "../keep-login.ts";
import { askSecret, askText, readSecret } from "../terminal/prompts.ts";

interface Options {
  handle?: string;
  passwordStdin?: boolean;
  email?: string;
}

async function askNewPassword(): Promise<string> {
  const password = await askSecret("Password", "a password");
  if ((await askSecret("Password again", "the password again")) === password) return password;
  throw new CliError("usage", "The two passwords differ.", ["Run the command again."]);
}

/** `gati signup`: makes an account and logs in to it. */
export function signupCommand(): Command {
  return newCommand("signup", "make an account at a registry and log in to it")
    .option("--handle <handle>", "the name of the account; your modules are called @handle/name")
    .option("--password-stdin", "read the password from standard input")
    .option("--email <address>", "where the registry may write to you")
    .action(
      action(async (context: CommandContext, options: Options) => {
        if (!context.output.interactive && (options.handle === undefined || options.passwordStdin !== true))
          throw new CliError("usage", "There is no terminal to ask on.", [
            'Pipe the password in: printf %s "$PASSWORD" | gati signup --handle <handle> --password-stdin',
          ]);
        const handle = options.handle ?? (await askText("Handle", "a handle"));
        const password = options.passwordStdin ? await readSecret(process.stdin) : await askNewPassword();
        const account = { handle, password, ...(options.email === undefined ? {} : { email: options.email }) };
        const session = await context.clientWith(undefined).auth.signUp(account);
        const login = await makeKey(context, session, { scopes: ["read", "publish"] });
        await keepLogin(context, login, "Signed up at");
      }),
    );
}
