import type { CommandContext } from "./context.ts";
import { CliError } from "./failure.ts";
import type { RegistryClient } from "./sdk.ts";
import { signIn } from "./sign-in.ts";
import { askSecret, askText, readSecret } from "./terminal/prompts.ts";

export interface SecretOptions {
  readonly passwordStdin?: boolean;
}

export interface AccountOptions extends SecretOptions {
  readonly handle?: string;
}

/**
 * Secrets that a command needs, each asked for on the terminal, or with `--password-stdin` one line each on standard
 * input. Never arguments: those can be read by others on the machine.
 */
export async function secretsFor(
  context: CommandContext,
  options: SecretOptions,
  questions: readonly string[],
): Promise<readonly string[]> {
  if (options.passwordStdin) {
    const lines = (await readSecret(process.stdin)).split(/\r?\n/);
    if (lines.length === questions.length) return lines;
    throw new CliError("usage", `Standard input needs ${questions.length} lines and has ${lines.length}.`, [
      `One line each: ${questions.join(", ")}.`,
    ]);
  }
  if (!context.output.interactive) {
    throw new CliError("usage", "There is no terminal to ask on.", [
      `Use --password-stdin and pipe in, one line each: ${questions.join(", ")}.`,
    ]);
  }
  const answers: string[] = [];
  for (const question of questions) answers.push(await askSecret(question, question.toLowerCase()));
  return answers;
}

/**
 * Signs in with the password for as long as the command runs: what changes an account needs more than the key that
 * `gati login` keeps. The session is ended in the end, whatever happened.
 */
export async function withAccount<T>(
  context: CommandContext,
  options: AccountOptions,
  more: readonly string[],
  work: (client: RegistryClient, secrets: { password: string; more: readonly string[] }) => Promise<T>,
): Promise<T> {
  const known = options.handle ?? context.login?.handle;
  if (known === undefined && !context.output.interactive) {
    throw new CliError("usage", "Whose account?", ["Name it with --handle, or run `gati login` first."]);
  }
  const handle = known ?? (await askText("Handle", "your handle"));
  const [password = "", ...others] = await secretsFor(context, options, ["Password", ...more]);
  const session = await signIn(context, { handle, password });
  const client = context.clientWith(session.token);
  try {
    return await work(client, { password, more: others });
  } finally {
    // By the refresh token: the work may have ended the access token's rights.
    await context
      .clientWith(undefined)
      .auth.signOut(session.refreshToken)
      .catch(() => undefined);
  }
}
