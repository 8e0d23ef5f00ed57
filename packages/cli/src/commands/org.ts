import { resolve } from "node:path";
import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { readJsonFile } from "../project/json-file.ts";
import { orgHandle, orgPath } from "../org-names.ts";
import type { OrgPolicy, Role } from "../sdk.ts";
import { orgScimTokenCommand, orgSsoCommand } from "./org-sso.ts";

const roleNames = ["read", "write", "admin", "owner"] as const;

/** A role as somebody typed it. */
export function parseRole(text: string): Role {
  const role = roleNames.find((one) => one === text);
  if (role) return role;
  throw new CliError("usage", `"${text}" is no role.`, [`Use one of ${roleNames.join(", ")}.`]);
}

function create(): Command {
  return newCommand("create", "make an organisation; you become its owner")
    .argument("<handle>", "such as acme")
    .action(
      action(async (context: CommandContext, _options: object, handle: string) => {
        context.requireCredential();
        const made = await context.client.namespaces.createOrg(handle);
        context.output.result(made, [
          `Made ${made.namespace}. Invite people: gati invitation create ${made.namespace}`,
        ]);
      }),
    );
}

function members(): Command {
  return newCommand("members", "list the members of a namespace")
    .argument("<org>", "acme, orgs/acme or users/ann")
    .action(
      action(async (context: CommandContext, _options: object, org: string) => {
        context.requireCredential();
        const listed = await context.client.namespaces.members(orgPath(org));
        context.output.result(
          listed,
          listed.map(({ handle, role }) => `${handle}  ${role}`),
        );
      }),
    );
}

function setRole(): Command {
  return newCommand("set-role", "change the role of a member; people join by invitation")
    .argument("<org>", "acme, orgs/acme or users/ann")
    .argument("<member>", "handle")
    .argument("<role>", roleNames.join(", "))
    .action(
      action(async (context: CommandContext, _options: object, org: string, member: string, text: string) => {
        const role = parseRole(text);
        context.requireCredential();
        await context.client.namespaces.setMember(orgPath(org), member, role);
        context.output.result({ member, role }, [`${member} has the role ${role} in ${orgPath(org)}.`]);
      }),
    );
}

function removeMember(): Command {
  return newCommand("remove-member", "take somebody out of a namespace and its teams; leave it with your own handle")
    .argument("<org>", "acme, orgs/acme or users/ann")
    .argument("<member>", "handle")
    .action(
      action(async (context: CommandContext, _options: object, org: string, member: string) => {
        context.requireCredential();
        await context.client.namespaces.removeMember(orgPath(org), member);
        context.output.result({ member, removed: true }, [`${member} is not in ${orgPath(org)} any more.`]);
      }),
    );
}

const example = `
A policy, with every demand:
  { "secondFactor": true, "signIn": null, "networks": ["203.0.113.0/24"],
    "licences": ["MIT", "Apache-2.0"], "approval": true }
secondFactor  roles count only for accounts with a second factor
signIn        ways of signing in that count: "password", or a provider; null for all
networks      roles count only from there; null for everywhere
licences      SPDX identifiers that versions may be licensed under; null for all
approval      what is published waits until a second person releases it (gati approvals)`;

function policy(): Command {
  return newCommand("policy", "show what an organisation demands, or set it from a file")
    .argument("<org>", "acme or orgs/acme")
    .argument("[file]", "JSON file with the whole policy")
    .option("--remove", "demand nothing any more")
    .addHelpText("after", example)
    .action(
      action(async (context: CommandContext, options: { remove?: boolean }, org: string, file?: string) => {
        if (file !== undefined && options.remove) throw new CliError("usage", "Give either a file or --remove.", []);
        context.requireCredential();
        const { organizations } = context.client;
        const handle = orgHandle(org);
        if (options.remove) {
          await organizations.clearPolicy(handle);
          context.output.result({ removed: true }, [`orgs/${handle} demands nothing any more.`]);
          return;
        }
        if (file === undefined) {
          const found = await organizations.policy(handle);
          context.output.result(found, [JSON.stringify(found, null, 2)]);
          return;
        }
        const read = await readJsonFile(resolve(context.cwd, file));
        if (!read) throw new CliError("file_missing", `There is no file ${file}.`, ["Check the path."]);
        const kept = await organizations.setPolicy(handle, read.document as unknown as OrgPolicy);
        context.output.result(kept, [`The policy of orgs/${handle} is set.`]);
      }),
    );
}

/** `gati org …`: organisations, who belongs to them, what they demand. */
export function orgCommand(): Command {
  const group = new Command("org").description("run an organisation (log in with --admin first)");
  const own = [create(), members(), setRole(), removeMember(), policy()];
  for (const command of [...own, orgSsoCommand(), orgScimTokenCommand()]) group.addCommand(command);
  return group;
}
