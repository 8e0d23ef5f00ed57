import { resolve } from "node:path";
import { Command } from "commander";
import { openSignedHead } from "../audit/signed-head.ts";
import { RememberedHeads } from "../audit/remembered-heads.ts";
import { type LogVerdict, verifyLog } from "../audit/verify-log.ts";
import { readJsonLines, writeJsonLines } from "../backup/lines.ts";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { type AuditEntry, type NamespacePath, parseNamespacePath, type RegistryClient } from "../sdk.ts";

const where = "users/ann or orgs/acme; registry for the installation's own (operators)";

const parseLog = (text: string): NamespacePath | undefined =>
  text === "registry" ? undefined : parseNamespacePath(text).namespace;

async function* entriesOf(client: RegistryClient, namespace: NamespacePath | undefined): AsyncGenerator<AuditEntry> {
  for (let after = 0; ;) {
    const { entries } = await client.audit.page(namespace, after);
    if (entries.length === 0) return;
    yield* entries;
    after += entries.length;
  }
}

function who({ origin: { actor, credential, address } }: AuditEntry): string {
  const name = actor.kind === "user" ? actor.handle : actor.kind === "publisher" ? actor.id : `(${actor.kind})`;
  return `${name}${credential ? ` by ${credential.kind}` : ""}${address === null ? "" : ` from ${address}`}`;
}

const line = (entry: AuditEntry) =>
  `${entry.seq}  ${new Date(entry.at).toISOString()}  ${entry.action}  ${entry.target}  ${who(entry)}`;

function list(): Command {
  return newCommand("list", "show what was done lately, and by whom")
    .argument("<namespace>", where)
    .option("--last <n>", "how many entries", "20")
    .action(
      action(async (context: CommandContext, options: { last: string }, text: string) => {
        const last = Number(options.last);
        if (!Number.isSafeInteger(last) || last < 1)
          throw new CliError("usage", "--last takes a whole number.", ["For example: --last 50"]);
        context.requireCredential();
        const namespace = parseLog(text);
        const { audit } = context.client;
        const { head } = await audit.page(namespace, Number.MAX_SAFE_INTEGER);
        const entries: AuditEntry[] = [];
        for (let after = Math.max(0, head.seq - last); after < head.seq && entries.length < last;) {
          const page = await audit.page(namespace, after);
          if (page.entries.length === 0) break;
          entries.push(...page.entries);
          after += page.entries.length;
        }
        const shown = entries.slice(0, last);
        context.output.result({ head, entries: shown }, shown.length > 0 ? shown.map(line) : ["Nothing was done yet."]);
      }),
    );
}

function exportLog(): Command {
  return newCommand("export", "write an audit log into a file, one JSON object per line")
    .argument("<namespace>", where)
    .argument("<file>")
    .action(
      action(async (context: CommandContext, _options: object, text: string, file: string) => {
        context.requireCredential();
        const path = resolve(context.cwd, file);
        await writeJsonLines(path, entriesOf(context.client, parseLog(text)));
        context.output.result({ file: path }, [`Written: ${path}`, `Check it anywhere with gati audit verify ${file}`]);
      }),
    );
}

function broken({ wrong, head }: LogVerdict): CliError {
  return new CliError(
    "audit_broken",
    `The audit log does not hold: ${wrong[0]}`,
    ["Keep the log as it is, and find out who could write to the registry's storage.", "Compare it with a backup."],
    { details: { wrong, holdsUpTo: head.seq } },
  );
}

/** A log in a file: the chain alone can be checked, and it says itself which log it is. */
async function verifyFile(context: CommandContext, path: string): Promise<void> {
  const entries = readJsonLines<AuditEntry>(path);
  let chain: string | undefined;
  for await (const first of entries) {
    ({ chain } = first);
    break;
  }
  if (chain === undefined) throw new CliError("file_missing", `${path} has no entries.`, ["Check the path."]);
  const verdict = await verifyLog(chain, readJsonLines<AuditEntry>(path), undefined);
  if (verdict.wrong.length > 0) throw broken(verdict);
  context.output.result({ chain, ...verdict.head }, [
    `The log holds: ${verdict.head.seq} entries, the last one ${verdict.head.hash}.`,
    "Whether it is all that the registry has, only the registry's signed head tells: gati audit verify <namespace>.",
  ]);
}

async function verifyRemote(context: CommandContext, namespace: NamespacePath | undefined): Promise<void> {
  context.requireCredential();
  const { client } = context;
  const heads = new RememberedHeads(context.directories.config);
  const { chain, signedHead } = await client.audit.page(namespace, Number.MAX_SAFE_INTEGER);
  const known = await heads.get(client.registry, chain);
  const signed = await openSignedHead(signedHead, await client.audit.keys());
  const verdict = await verifyLog(chain, entriesOf(client, namespace), known);
  const wrong = [...verdict.wrong];
  // Entries may have been added since the head was signed; none of those before may be missing.
  if (signed?.chain !== chain) wrong.push("The registry did not sign where the log ends.");
  else if (signed.seq > verdict.head.seq) wrong.push(`The registry signed ${signed.seq} entries and sent fewer.`);
  if (wrong.length > 0) throw broken({ ...verdict, wrong });
  const { seq, hash } = verdict.head;
  if (signed?.seq === seq) await heads.set(client.registry, chain, { seq, hash, signed: signedHead });
  context.output.result({ chain, seq, hash, since: known?.seq ?? null }, [
    `The log holds: ${seq} entries, the last one ${hash}.`,
    known ? `Nothing was changed since it had ${known.seq}.` : "It was verified here for the first time.",
  ]);
}

function verify(): Command {
  return newCommand("verify", "follow an audit log from its beginning: any entry that was changed or removed is found")
    .argument("<namespace|file>", `${where}; or a file that gati audit export wrote`)
    .action(
      action(async (context: CommandContext, _options: object, text: string) => {
        if (text === "registry" || /^(?:users|orgs)\/[^/]+$/.test(text)) {
          return verifyRemote(context, parseLog(text));
        }
        return verifyFile(context, resolve(context.cwd, text));
      }),
    );
}

/** `gati audit …` */
export function auditCommand(): Command {
  const group = new Command("audit").description("who did what in a namespace: read, export and verify its audit log");
  for (const command of [list(), exportLog(), verify()]) group.addCommand(command);
  return group;
}
