import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { type NamespacePath, parseNamespacePath, type ProofKind, type Verification } from "../sdk.ts";

const where = "users/ann or orgs/acme";

function parseKind(text: string): ProofKind {
  if (text === "domain" || text === "github") return text;
  throw new CliError("usage", `"${text}" cannot be proved.`, ["Use domain or github."]);
}

/** The verification of a subject. */
async function find(context: CommandContext, namespace: NamespacePath, subject: string): Promise<Verification> {
  const wanted = subject.toLowerCase();
  const all = await context.client.names.verifications(namespace);
  const found = all.find((one) => one.subject === wanted || one.id === subject);
  if (found) return found;
  throw new CliError("namespace_unknown", `${namespace} has not begun to prove that it is ${subject}.`, [
    `Begin: gati publisher start ${namespace} domain ${subject}`,
  ]);
}

const states = { pending: "waits for its proof", verified: "verified", ended: "ended: the proof is gone" } as const;

function start(): Command {
  return newCommand("start", "begin to prove that a namespace belongs to a domain or a GitHub account")
    .argument("<namespace>", where)
    .argument("<kind>", "domain or github")
    .argument("<subject>", "such as example.com, or the account")
    .action(
      action(async (context: CommandContext, _options: object, of: string, kind: string, subject: string) => {
        context.requireCredential();
        const { namespace } = parseNamespacePath(of);
        const started = await context.client.names.startVerification(namespace, parseKind(kind), subject);
        context.output.result(
          started,
          started.state === "verified"
            ? [`${namespace} is verified as ${started.subject} already.`]
            : [
                "Publish this line:",
                "",
                `  ${started.proof}`,
                "",
                "in one of these places, and leave it there:",
                ...started.places.map((place) => `  ${place}`),
                "",
                `Then run: gati publisher check ${namespace} ${started.subject}`,
              ],
        );
      }),
    );
}

const missing = {
  absent: "The proof is not there yet.",
  unreachable: "Nobody could tell whether the proof is there: what should know did not answer.",
} as const;

function check(): Command {
  return newCommand("check", "look for the proof now")
    .argument("<namespace>", where)
    .argument("<subject>", "domain or account")
    .action(
      action(async (context: CommandContext, _options: object, of: string, subject: string) => {
        context.requireCredential();
        const { namespace } = parseNamespacePath(of);
        const { id } = await find(context, namespace, subject);
        const checked = await context.client.names.checkVerification(namespace, id);
        if (checked.finding !== "proved") {
          throw new CliError("namespace_unknown", missing[checked.finding], [
            `Publish "${checked.proof}" as ${checked.places.join(", or as ")}.`,
            "Changes of DNS may take some minutes to be seen.",
          ]);
        }
        context.output.result(checked, [`${namespace} is verified as ${checked.subject}.`]);
      }),
    );
}

function list(): Command {
  return newCommand("list", "list what a namespace has proved, or wants to")
    .argument("<namespace>", where)
    .action(
      action(async (context: CommandContext, _options: object, of: string) => {
        context.requireCredential();
        const all = await context.client.names.verifications(parseNamespacePath(of).namespace);
        context.output.result(
          all,
          all.length === 0
            ? ["Nothing."]
            : all.map(({ kind, subject, state, failingSince }) => {
                const doubt = failingSince === null ? "" : `, proof not found since ${failingSince}`;
                return `${kind}  ${subject}  ${states[state]}${doubt}`;
              }),
        );
      }),
    );
}

function remove(): Command {
  return newCommand("remove", "take a verification away, and the badge with it")
    .argument("<namespace>", where)
    .argument("<subject>", "domain or account")
    .action(
      action(async (context: CommandContext, _options: object, of: string, subject: string) => {
        context.requireCredential();
        const { namespace } = parseNamespacePath(of);
        const { id } = await find(context, namespace, subject);
        await context.client.names.removeVerification(namespace, id);
        context.output.result({ namespace, subject, removed: true }, [
          `${namespace} does not show ${subject} any more.`,
        ]);
      }),
    );
}

/** `gati publisher …`: proving who publishes. */
export function publisherCommand(): Command {
  const group = new Command("publisher").description("prove who publishes in a namespace (log in with --admin first)");
  for (const one of [start(), check(), list(), remove()]) group.addCommand(one);
  return group;
}
