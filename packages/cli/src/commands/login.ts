import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { loginByDevice } from "../device-login.ts";
import { CliError } from "../failure.ts";
import { keepLogin, makeKey } from "../keep-login.ts";
import type { Scope } from "../sdk.ts";
import { signIn } from "../sign-in.ts";
import type { StoredLogin } from "../settings/credentials.ts";
import { askSecret, askText, readSecret } from "../terminal/prompts.ts";

interface Options {
  handle?: string;
  password?: boolean;
  key?: boolean;
  device?: boolean;
  passwordStdin?: boolean;
  apiKeyStdin?: boolean;
  admin?: boolean;
  expiresInDays?: string;
}

const notInteractive = new CliError("usage", "There is no terminal to ask on.", [
  'Pipe the password in: printf %s "$PASSWORD" | gati login --handle <handle> --password-stdin',
  'Or pipe an API key in: printf %s "$KEY" | gati login --api-key-stdin',
  "Or let somebody with a browser log it in: gati login --device",
]);

/** What a login needs of the account, and for how long. */
function keyOptions(options: Options): { scopes: readonly Scope[]; expiresInDays?: number } {
  const days = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
  if (days !== undefined && !(Number.isInteger(days) && days > 0))
    throw new CliError("usage", "--expires-in-days takes a whole number.", ["For example: --expires-in-days 90"]);
  const scopes = options.admin ? (["admin"] as const) : (["read", "publish"] as const);
  return { scopes, ...(days === undefined ? {} : { expiresInDays: days }) };
}

async function loginWithKey(context: CommandContext, key: string): Promise<StoredLogin> {
  const { user } = await context.clientWith(key).auth.me();
  return { handle: user.handle, key, createdAt: new Date().toISOString() };
}

async function loginWithPassword(context: CommandContext, options: Options): Promise<StoredLogin> {
  const { interactive } = context.output;
  if (!interactive && (options.handle === undefined || options.passwordStdin !== true)) throw notInteractive;
  const wanted = keyOptions(options);
  const handle = options.handle ?? (await askText("Handle", "your handle"));
  const password = options.passwordStdin
    ? await readSecret(process.stdin)
    : await askSecret("Password", "your password");
  const session = await signIn(context, { handle, password });
  return makeKey(context, session, wanted);
}

async function loginWithDevice(context: CommandContext, options: Options): Promise<StoredLogin> {
  if (context.output.json)
    throw new CliError("usage", "--json cannot show the code of a device login.", [
      "Leave out --json, or use another way.",
    ]);
  const wanted = keyOptions(options);
  return makeKey(context, await loginByDevice(context, wanted.scopes), wanted);
}

/** The way that the options ask for; without any, the one that shows no secret to the terminal. */
async function loginAs(context: CommandContext, options: Options): Promise<StoredLogin> {
  if (options.apiKeyStdin) return loginWithKey(context, (await readSecret(process.stdin)).trim());
  if (options.key) {
    if (!context.output.interactive) throw notInteractive;
    return loginWithKey(context, (await askSecret("API key", "an API key")).trim());
  }
  const byPassword = options.password || options.passwordStdin || options.handle !== undefined;
  if (byPassword || !(options.device || context.output.interactive)) return loginWithPassword(context, options);
  return loginWithDevice(context, options);
}

/** `gati login`: makes an API key, or takes one, and keeps it for the registry. */
export function loginCommand(): Command {
  return newCommand("login", "log in to a registry with your browser and keep an API key for it")
    .option("--device", "log in with a browser on whatever machine has one (the default on a terminal)")
    .option("--key", "paste an API key that you have")
    .option("--password", "ask for handle and password here")
    .option("--handle <handle>", "who to log in as, with the password")
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
        await keepLogin(context, await loginAs(context, options), "Logged in to");
      }),
    );
}
