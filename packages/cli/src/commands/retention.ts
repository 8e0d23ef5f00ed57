import { resolve } from "node:path";
import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { readJsonFile } from "../project/json-file.ts";
import {
  type ArtifactRetention,
  type NamespacePath,
  namespacePath,
  parseNamespacePath,
  parseRepository,
  type RetentionPolicies,
  type RetentionPolicy,
} from "../sdk.ts";
import { count } from "../terminal/count.ts";
import type { Output } from "../terminal/output.ts";

interface Scope {
  readonly namespace: NamespacePath;
  readonly artifact: string | undefined;
}

/** `users/ann`, or `users/ann/thing` for one artifact. */
function parseScope(text: string): Scope {
  if (text.split("/").length < 3) return { namespace: parseNamespacePath(text).namespace, artifact: undefined };
  const { kind, handle, name } = parseRepository(text);
  return { namespace: namespacePath(kind, handle), artifact: name };
}

/** The registry says which fields are wrong. */
async function readPolicy({ cwd }: CommandContext, file: string): Promise<RetentionPolicy> {
  const read = await readJsonFile(resolve(cwd, file));
  if (read) return read.document as unknown as RetentionPolicy;
  throw new CliError("file_missing", `There is no file ${file}.`, ["Check the path."]);
}

/** The policy that holds for an artifact, and whose it is. */
function holding({ policy, artifacts }: RetentionPolicies, artifact: string) {
  const own = Object.hasOwn(artifacts, artifact) ? artifacts[artifact] : undefined;
  if (own) return { policy: own, of: "artifact" };
  return { policy, of: policy === null ? null : "namespace" };
}

function show(): Command {
  return newCommand("show", "show the retention policies of a namespace, or which holds for one artifact")
    .argument("<where>", "users/ann, or users/ann/thing")
    .action(
      action(async (context: CommandContext, _options: object, where: string) => {
        context.requireCredential();
        const { namespace, artifact } = parseScope(where);
        const policies = await context.client.retention.get(namespace);
        const shown = artifact === undefined ? policies : holding(policies, artifact);
        context.output.result(shown, [JSON.stringify(shown, null, 2)]);
      }),
    );
}

const example = `
A policy:
  { "rules": [{ "tags": ["pr-*"], "keepLast": 5, "pulledWithin": "30d" },
              { "tags": ["*-rc.*"], "versions": true, "pushedWithin": "12w" }],
    "untagged": { "unusedFor": "14d" } }
A tag goes when a rule matches it and no rule that matches it keeps it.`;

function set(): Command {
  return newCommand("set", "set the retention policy of a namespace or of one artifact")
    .argument("<where>", "users/ann, or users/ann/thing")
    .argument("[file]", "JSON file with the policy")
    .option("--remove", "take the policy away")
    .addHelpText("after", example)
    .action(
      action(async (context: CommandContext, options: { remove?: boolean }, where: string, file?: string) => {
        if ((file === undefined) === (options.remove !== true)) {
          throw new CliError("usage", "Give either a file with the policy or --remove.", [
            "Add --help to see an example.",
          ]);
        }
        context.requireCredential();
        const { namespace, artifact } = parseScope(where);
        const policy = file === undefined ? null : await readPolicy(context, file);
        const policies = await context.client.retention.set(namespace, policy, artifact);
        context.output.result(policies, [
          policy === null
            ? `${where} has no policy of its own any more.`
            : `The policy of ${where} is set. See what it does: gati retention preview ${where}`,
        ]);
      }),
    );
}

function lines(output: Output, { namespace }: Scope, { artifact, verdicts }: ArtifactRetention): string[] {
  return [
    output.style("bold", `${namespace}/${artifact}`),
    ...verdicts.map(({ tag, digest, keep, reason }) => {
      const what = tag ?? digest.slice(0, 19);
      return `  ${keep ? output.style("dim", "stays") : output.style("yellow", "goes ")} ${what}: ${reason}`;
    }),
  ];
}

async function run(context: CommandContext, where: string, dryRun: boolean, policy?: RetentionPolicy): Promise<void> {
  context.requireCredential();
  const scope = parseScope(where);
  const { artifact, namespace } = scope;
  const artifacts: ArtifactRetention[] = [];
  for await (const one of context.client.retention.run(namespace, { dryRun, artifact, policy })) artifacts.push(one);
  const going = artifacts.flatMap(({ verdicts }) => verdicts.filter(({ keep }) => !keep));
  const removed = artifacts.flatMap((one) => one.removed);
  context.output.result({ dryRun, artifacts }, [
    ...artifacts.flatMap((one) => lines(context.output, scope, one)),
    dryRun
      ? `Would remove ${going.length} of ${artifacts.flatMap(({ verdicts }) => verdicts).length} in ${count(artifacts.length, "artifact")}.`
      : `Removed ${removed.length} in ${count(artifacts.length, "artifact")}.`,
  ]);
}

function preview(): Command {
  return newCommand("preview", "say what the policies would remove and why, without removing it")
    .argument("<where>", "users/ann, or users/ann/thing")
    .option("--policy <file>", "try the policy in this JSON file instead of what is set")
    .action(
      action(async (context: CommandContext, options: { policy?: string }, where: string) =>
        run(context, where, true, options.policy === undefined ? undefined : await readPolicy(context, options.policy)),
      ),
    );
}

function apply(): Command {
  return newCommand("apply", "remove now what the policies let go, instead of at the next full hour")
    .argument("<where>", "users/ann, or users/ann/thing")
    .action(action((context: CommandContext, _options: object, where: string) => run(context, where, false)));
}

/** `gati retention …`: what of a namespace may go by itself. */
export function retentionCommand(): Command {
  const group = new Command("retention").description("let old labels, versions and manifests go by rules");
  for (const command of [show(), set(), preview(), apply()]) group.addCommand(command);
  return group;
}
