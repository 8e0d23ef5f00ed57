import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import type { TeamDetails, TeamRole } from "../sdk.ts";
import { count } from "../terminal/count.ts";
import { orgHandle } from "../org-names.ts";

const org = "acme or orgs/acme";

function describe({ name, members, grants }: TeamDetails): string[] {
  return [
    `${name}: ${count(members.length, "member")}`,
    ...members.map(({ handle }) => `  ${handle}`),
    ...grants.map(({ artifact, role }) => `  may ${role}: ${artifact ?? "the whole organisation"}`),
  ];
}

function list(): Command {
  return newCommand("list", "list the teams of an organisation")
    .argument("<org>", org)
    .action(
      action(async (context: CommandContext, _options: object, where: string) => {
        context.requireCredential();
        const teams = await context.client.organizations.teams(orgHandle(where));
        context.output.result(
          teams,
          teams.map(({ name, members }) => `${name}  ${count(members, "member")}`),
        );
      }),
    );
}

function show(): Command {
  return newCommand("show", "show a team with its members and what it may do")
    .argument("<org>", org)
    .argument("<team>")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string) => {
        context.requireCredential();
        const team = await context.client.organizations.team(orgHandle(where), name);
        context.output.result(team, describe(team));
      }),
    );
}

function create(): Command {
  return newCommand("create", "make a team")
    .argument("<org>", org)
    .argument("<team>")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string) => {
        context.requireCredential();
        const team = await context.client.organizations.createTeam(orgHandle(where), name);
        context.output.result(team, [`Made the team ${team.name}.`]);
      }),
    );
}

function rename(): Command {
  return newCommand("rename", "give a team another name")
    .argument("<org>", org)
    .argument("<team>")
    .argument("<name>", "new name")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string, to: string) => {
        context.requireCredential();
        const team = await context.client.organizations.renameTeam(orgHandle(where), name, to);
        context.output.result(team, [`The team is called ${team.name} now.`]);
      }),
    );
}

function remove(): Command {
  return newCommand("delete", "delete a team; what it granted ends at once")
    .argument("<org>", org)
    .argument("<team>")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string) => {
        context.requireCredential();
        await context.client.organizations.deleteTeam(orgHandle(where), name);
        context.output.result({ team: name, deleted: true }, [`The team ${name} is gone.`]);
      }),
    );
}

function add(): Command {
  return newCommand("add", "put somebody who belongs to the organisation into a team")
    .argument("<org>", org)
    .argument("<team>")
    .argument("<member>", "handle")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string, member: string) => {
        context.requireCredential();
        await context.client.organizations.addToTeam(orgHandle(where), name, member);
        context.output.result({ team: name, member }, [`${member} is in ${name}.`]);
      }),
    );
}

function drop(): Command {
  return newCommand("remove", "take somebody out of a team")
    .argument("<org>", org)
    .argument("<team>")
    .argument("<member>", "handle")
    .action(
      action(async (context: CommandContext, _options: object, where: string, name: string, member: string) => {
        context.requireCredential();
        await context.client.organizations.removeFromTeam(orgHandle(where), name, member);
        context.output.result({ team: name, member, removed: true }, [`${member} is not in ${name} any more.`]);
      }),
    );
}

function parseGrant(text: string): TeamRole | null {
  if (text === "none") return null;
  const role = (["read", "write", "admin"] as const).find((one) => one === text);
  if (role) return role;
  throw new CliError("usage", `A team cannot be given "${text}".`, ["Use one of read, write, admin, none."]);
}

function grant(): Command {
  return newCommand("grant", "set what a team may do to an artifact, or to the whole organisation")
    .argument("<org>", org)
    .argument("<team>")
    .argument("<role>", "read, write, admin or none")
    .argument("[artifact]", "its name; it need not exist yet. Left out: the whole organisation")
    .action(
      action(
        async (context: CommandContext, _options: object, where: string, name: string, text: string, on?: string) => {
          const role = parseGrant(text);
          context.requireCredential();
          const team = await context.client.organizations.grant(orgHandle(where), name, role, on);
          context.output.result(team, describe(team));
        },
      ),
    );
}

/** `gati team …`: groups of people who may do the same. */
export function teamCommand(): Command {
  const group = new Command("team").description("teams of an organisation (log in with --admin first)");
  for (const one of [list(), show(), create(), rename(), remove(), add(), drop(), grant()]) group.addCommand(one);
  return group;
}
