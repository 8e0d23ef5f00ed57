import { confirm, isCancel, password, text } from "@clack/prompts";
import { CliError } from "../failure.ts";

function answer<T>(value: T): Exclude<T, symbol> {
  if (isCancel(value)) throw new CliError("interrupted", "Cancelled.", ["Run the command again when you are ready."]);
  return value as Exclude<T, symbol>;
}

const required = (what: string) => (value: string | undefined) => (value ? undefined : `Please enter ${what}.`);

// Questions go to stderr, so that stdout stays the result.
const output = process.stderr;

export async function askText(message: string, what: string): Promise<string> {
  return answer(await text({ message, output, validate: required(what) }));
}

/** Asks without showing what is typed. */
export async function askSecret(message: string, what: string): Promise<string> {
  return answer(await password({ message, output, validate: required(what) }));
}

export async function askConfirmation(message: string): Promise<boolean> {
  return answer(await confirm({ message, output, initialValue: false }));
}

/** Reads a secret from a pipe: all of stdin without the line break at its end. */
export async function readSecret(input: NodeJS.ReadStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of input as AsyncIterable<Buffer | string>) parts.push(Buffer.from(part));
  const secret = Buffer.concat(parts)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (secret === "")
    throw new CliError("usage", "Nothing came in on standard input.", [
      'Pipe the secret in: printf %s "$SECRET" | gati login --password-stdin',
    ]);
  return secret;
}
