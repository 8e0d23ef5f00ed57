import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { keepLogin, makeKey } from "../keep-login.ts";
import type { StoredLogin } from "../settings/credentials.ts";
import { askSecret, askText, readSecret } from "../terminal/prompts.ts";

interface Options {
  handle?: string;
  passwordStdin?: boolean;
  apiKeyStdin?: boolean;
  admin?: boolean;
  expiresInDays?: string;
}

const notInteractive = new CliError("usage", "There is no terminal to ask on.", [
  'Pipe the password in: printf %s "$PASSWORD" | gati login --handle <handle> --password-stdin',
  'Or pipe an API key in: printf %s "$KEY" | gati login --api-key-stdin',
]);

async function loginWithKey(context: CommandContext, key: string): Promise<StoredLogin> {
  const { user } = await context.clientWith(key).auth.me();
  return { handle: user.handle, key, createdAt: new Date().toISOString() };
}

async function loginWithPassword(context: CommandContext, options: Options): Promise<StoredLogin> {
  const { interactive } = context.output;
  if (!interactive && (options.handle === undefined || options.passwordStdin !== true)) throw notInteractive;
  const days = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
  if (days !== undefined && !(Number.isInteger(days) && days > 0))
    throw new CliError("usage", "--expires-in-days takes a whole number.", ["For example: --expires-in-days 90"]);
  const handle = options.handle ?? (await askText("Handle", "your handle"));
  const password = options.passwordStdin
    ? await readSecret(process.stdin)
    : await askSecret("Password", "your password");
  const session = await context.clientWith(undefined).auth.signIn({ handle, password });
  return makeKey(context, session, { scopes: options.admin ? ["admin"] : ["read", "publish"], expiresInDays: days });
}

/** `gati login`: makes an API key, or takes one, and keeps it for the registry. */
export function loginCommand(): Command {
  return newCommand("login", "log in to a registry and keep an API key for it")
    .option("--handle <handle>", "who to log in as")
    .option("--password-stdin", "read the password from standard input")
    .option("--api-key-stdin", "keep an existing API key, read from standard input")
    .option(
      "--admin",
      "let the new key manage your account and namespaces too, and the registry if you are an operator",
    )
    .option("--expires-in-days <days>", "let the new key expire")
    .action(
      action(async (context: CommandContext, options: Options) => {
        if (options.passwordStdin && options.apiKeyStdin)
          throw new CliError("usage", "--password-stdin and --api-key-stdin exclude each other.", ["Use one of them."]);
        const login = options.apiKeyStdin
          ? await loginWithKey(context, (await readSecret(process.stdin)).trim())
          : await loginWithPassword(context, options);
        await keepLogin(context, login, "Logged in to");
      }),
    );
}
