import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { type HeldContent, parseNamespacePath, parseRepository } from "../sdk.ts";
import { orgPath } from "../org-names.ts";

async function heldIn(context: CommandContext, where: string): Promise<HeldContent[]> {
  const [kind, handle, name] = where.split("/");
  const namespace = name === undefined ? orgPath(where) : parseNamespacePath(`${kind}/${handle}`).namespace;
  const found: HeldContent[] = [];
  for await (const one of context.client.organizations.held(namespace)) {
    if (name === undefined || one.repository === where) found.push(one);
  }
  return found;
}

const namesOf = ({ tags, digest }: HeldContent) => (tags.length > 0 ? tags.join(", ") : digest.slice(0, 19));

function list(): Command {
  return newCommand("list", "list what waits to be released")
    .argument("<where>", "acme, orgs/acme or orgs/acme/thing")
    .action(
      action(async (context: CommandContext, _options: object, where: string) => {
        context.requireCredential();
        const held = await heldIn(context, where);
        context.output.result(
          held,
          held.length === 0
            ? ["Nothing waits."]
            : held.map((one) => `${one.repository}  ${namesOf(one)}  ${one.digest}  by ${one.heldBy}, ${one.heldAt}`),
        );
      }),
    );
}

/** The digest that a version, label or digest of something that waits means. */
async function digestOf(context: CommandContext, repository: string, wanted: string): Promise<string> {
  if (wanted.includes(":")) return wanted;
  const found = (await heldIn(context, repository)).filter(({ tags }) => tags.includes(wanted));
  const [only, ...others] = found;
  if (only && others.length === 0) return only.digest;
  throw new CliError(
    "namespace_unknown",
    only ? `Several things wait to become ${wanted}.` : `Nothing of ${repository} waits to become ${wanted}.`,
    [`Name the digest: gati approvals list ${repository}`],
  );
}

function settle(name: "approve" | "reject", decision: "release" | "reject", description: string): Command {
  return newCommand(name, description)
    .argument("<artifact>", "such as orgs/acme/thing")
    .argument("<what>", "version, label or digest that waits")
    .action(
      action(async (context: CommandContext, _options: object, artifact: string, what: string) => {
        context.requireCredential();
        const { repository } = parseRepository(artifact);
        const digest = await digestOf(context, repository, what);
        const settled = await context.client.organizations.settle(repository, digest, decision);
        context.output.result({ repository, decision, ...settled }, [
          decision === "release" ? `Released ${repository} ${what}.` : `Rejected ${repository} ${what}.`,
        ]);
      }),
    );
}

/** `gati approvals …`: what waits for a second person. */
export function approvalsCommand(): Command {
  const group = new Command("approvals").description("release or reject what waits for a second person");
  group.addCommand(list());
  group.addCommand(settle("approve", "release", "release a version or label that somebody else pushed"));
  group.addCommand(settle("reject", "reject", "take it out again; the version's number is spent"));
  return group;
}
