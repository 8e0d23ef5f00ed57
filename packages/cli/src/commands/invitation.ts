import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import type { Invitation } from "../sdk.ts";
import { askSecret, readSecret } from "../terminal/prompts.ts";
import { CliError } from "../failure.ts";
import { orgPath } from "../org-names.ts";
import { parseRole } from "./org.ts";

const where = "acme, orgs/acme or users/ann";
const collect = (value: string, before: string[] = []): string[] => [...before, value];

interface CreateOptions {
  role?: string;
  team?: string[];
}

function create(): Command {
  return newCommand("create", "invite somebody, by handle or e-mail address, for seven days")
    .argument("<org>", where)
    .argument("<who>", "handle, or an e-mail address")
    .option("--role <role>", "read, write, admin or owner; left out: only into the teams")
    .option("--team <name>", "team that they join; may be repeated", collect)
    .action(
      action(async (context: CommandContext, options: CreateOptions, org: string, who: string) => {
        const role = options.role === undefined ? undefined : parseRole(options.role);
        context.requireCredential();
        const made = await context.client.organizations.invite(orgPath(org), {
          ...(who.includes("@") ? { email: who } : { handle: who }),
          ...(role === undefined ? {} : { role }),
          ...(options.team === undefined ? {} : { teams: options.team }),
        });
        context.output.result(made, [`Invited ${who} to ${orgPath(org)}. It is good until ${made.expiresAt}.`]);
      }),
    );
}

function line({ id, namespace, handle, email, role, teams, invitedBy, expiresAt }: Invitation): string {
  const into = [...(role ? [`role ${role}`] : []), ...teams.map((team) => `team ${team}`)].join(", ");
  return `${id}  ${namespace}: ${handle ?? email ?? "?"} (${into}), from ${invitedBy}, until ${expiresAt}`;
}

function list(): Command {
  return newCommand("list", "list your open invitations, or those of a namespace")
    .argument("[org]", where)
    .action(
      action(async (context: CommandContext, _options: object, org?: string) => {
        context.requireCredential();
        const open = await context.client.organizations.invitations(org === undefined ? undefined : orgPath(org));
        context.output.result(open, open.length === 0 ? ["There are no open invitations."] : open.map(line));
      }),
    );
}

function revoke(): Command {
  return newCommand("revoke", "take an invitation back")
    .argument("<org>", where)
    .argument("<id>", "as gati invitation list shows it")
    .action(
      action(async (context: CommandContext, _options: object, org: string, id: string) => {
        context.requireCredential();
        await context.client.organizations.revokeInvitation(orgPath(org), id);
        context.output.result({ id, revoked: true }, ["The invitation is void."]);
      }),
    );
}

/** Never an argument: others on the machine can read those. */
async function tokenFrom(context: CommandContext): Promise<string> {
  if (!process.stdin.isTTY) return readSecret(process.stdin);
  if (context.output.interactive) return askSecret("Token", "the token of the mail");
  throw new CliError("usage", "There is no terminal to ask on.", ["Pipe the token in, or name the invitation's id."]);
}

function answer(name: "accept" | "decline"): Command {
  return newCommand(name, `${name} an invitation`)
    .argument("[id]", "as gati invitation list shows it; left out: the token of a mail is asked for")
    .action(
      action(async (context: CommandContext, _options: object, id?: string) => {
        context.requireCredential();
        const which = id === undefined ? { token: await tokenFrom(context) } : { id };
        const { namespace, role } = await context.client.organizations.answerInvitation(which, name === "accept");
        context.output.result({ namespace, role, accepted: name === "accept" }, [
          name === "accept"
            ? `You belong to ${namespace} now${role ? `, with the role ${role}` : ""}.`
            : `You declined the invitation to ${namespace}.`,
        ]);
      }),
    );
}

/** `gati invitation …`: how people come into organisations. */
export function invitationCommand(): Command {
  const group = new Command("invitation").description("invite people, and answer invitations");
  for (const one of [create(), list(), revoke(), answer("accept"), answer("decline")]) group.addCommand(one);
  return group;
}
