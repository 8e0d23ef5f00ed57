import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import type { ApiKey, CreatedApiKey, NewApiKey, Scope } from "../sdk.ts";

const collect = (value: string, before: string[] = []): string[] => [...before, value];
const scopes: readonly Scope[] = ["read", "publish", "admin"];

/** A whole number of at least `least`, as an option gives it. */
function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new CliError("usage", `${option} takes a whole number.`, [`For example: ${option} 90`]);
}

/** What a key may do, in words. */
export function boundsText({ reach, networks }: Pick<ApiKey, "reach" | "networks">): string {
  return `${reach ? ` for ${reach.join(", ")}` : ""}${networks ? ` from ${networks.join(", ")}` : ""}`;
}

const line = (key: ApiKey): string =>
  `${key.id}  ${key.name}: ${key.scopes.join(", ")}${boundsText(key)}, last used ${key.lastUsedAt ?? "never"}${key.expiresAt ? `, until ${key.expiresAt}` : ""}`;

function showSecret(context: CommandContext, key: CreatedApiKey, headline: string): void {
  const { output } = context;
  output.note(headline);
  output.note("It is shown only now:");
  output.result(key, [key.key]);
}

function list(): Command {
  return newCommand("list", "list your API keys").action(
    action(async (context: CommandContext) => {
      context.requireCredential();
      const keys = await context.client.auth.listKeys();
      context.output.result({ keys }, keys.length === 0 ? ["You have no API keys."] : keys.map(line));
    }),
  );
}

interface CreateOptions {
  scope: string[];
  for?: string[];
  from?: string[];
  expiresInDays?: string;
}

function create(): Command {
  return newCommand("create", "make an API key; only the key goes to standard output")
    .argument("<name>", "what it is for, such as ci")
    .requiredOption("--scope <scope>", "read, publish or admin; may be repeated", collect)
    .option(
      "--for <place>",
      "only for a namespace (users/ann) or an artifact (users/ann/thing); may be repeated",
      collect,
    )
    .option("--from <network>", "only from a network (203.0.113.0/24) or an address; may be repeated", collect)
    .option("--expires-in-days <days>", "let it expire")
    .action(
      action(async (context: CommandContext, options: CreateOptions, name: string) => {
        const wrong = options.scope.find((one) => !scopes.some((scope) => scope === one));
        if (wrong !== undefined)
          throw new CliError("usage", `"${wrong}" is no scope.`, ["Use read, publish or admin."]);
        context.requireCredential();
        const key: NewApiKey = {
          name,
          scopes: options.scope as Scope[],
          ...(options.for ? { reach: options.for } : {}),
          ...(options.from ? { networks: options.from } : {}),
          ...(options.expiresInDays === undefined
            ? {}
            : { expiresInDays: wholeNumber("--expires-in-days", options.expiresInDays, 1) }),
        };
        const made = await context.client.auth.createKey(key);
        showSecret(context, made, `Made the key ${made.id} (${made.scopes.join(", ")}${boundsText(made)}).`);
      }),
    );
}

function revoke(): Command {
  return newCommand("revoke", "end an API key at once")
    .argument("<id>", "as gati token list shows it")
    .action(
      action(async (context: CommandContext, _options: object, id: string) => {
        context.requireCredential();
        await context.client.auth.deleteKey(id);
        context.output.result({ id, revoked: true }, [`The key ${id} has ended.`]);
      }),
    );
}

function rotate(): Command {
  return newCommand("rotate", "give an API key a new secret; only that goes to standard output")
    .argument("<id>", "as gati token list shows it")
    .option("--grace <seconds>", "how long the old secret stays good (default: it ends at once)", "0")
    .action(
      action(async (context: CommandContext, options: { grace: string }, id: string) => {
        const grace = wholeNumber("--grace", options.grace, 0);
        context.requireCredential();
        const rotated = await context.client.auth.rotateKey(id, grace);
        const old = grace === 0 ? "has ended" : `is good until ${rotated.previousUntil}`;
        showSecret(context, rotated, `The key ${id} has a new secret; the old one ${old}.`);
      }),
    );
}

/** `gati token …`: API keys. */
export function tokenCommand(): Command {
  const group = new Command("token").description("make, rotate and revoke API keys (log in with --admin first)");
  for (const command of [list(), create(), revoke(), rotate()]) group.addCommand(command);
  return group;
}
