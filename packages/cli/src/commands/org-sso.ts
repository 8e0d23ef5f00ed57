import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import type { OrgSso, OrgSsoSettings } from "../sdk.ts";
import { orgHandle } from "../org-names.ts";

const lines = (sso: OrgSso) => [
  `issuer     ${sso.issuer}`,
  `client     ${sso.clientId}${sso.hasSecret ? ", with a secret" : ", public"}`,
  `domains    ${sso.domains?.join(", ") ?? "all"}`,
  `role       ${sso.role}`,
  `known by   ${sso.match}`,
  `enforced   ${sso.enforced ? "yes" : "no"}`,
  `callback   ${sso.callback}`,
  `sign-in    ${sso.signIn}`,
  `directory  ${sso.scim}`,
];

function oneOf<T extends string>(name: string, all: readonly T[], text: string): T {
  const found = all.find((one) => one === text);
  if (found) return found;
  throw new CliError("usage", `"${text}" is no ${name}.`, [`Use one of ${all.join(", ")}.`]);
}

interface SetOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly publicClient?: boolean;
  readonly domain?: string[];
  readonly role: string;
  readonly match: string;
  readonly enforced?: boolean;
}

/** The secret comes by the environment: arguments are seen by everybody on a machine. */
function settingsOf(options: SetOptions): OrgSsoSettings {
  const secret = process.env["GATI_SSO_CLIENT_SECRET"];
  return {
    issuer: options.issuer,
    clientId: options.clientId,
    ...(options.publicClient ? { clientSecret: null } : secret ? { clientSecret: secret } : {}),
    domains: options.domain ?? null,
    role: oneOf("role", ["read", "write", "admin"], options.role),
    match: oneOf("way to know people", ["subject", "email", "object-id"], options.match),
    enforced: options.enforced === true,
  };
}

function set(): Command {
  return newCommand("set", "set the organisation's own OpenID provider, as a whole; it is asked once")
    .argument("<org>", "acme or orgs/acme")
    .requiredOption("--issuer <url>", "as the provider spells it")
    .requiredOption("--client-id <id>", "of the client that is registered there")
    .option("--public-client", "the client has no secret; else GATI_SSO_CLIENT_SECRET, or the one that is stored")
    .option("--domain <domain...>", "take only people with a verified address there")
    .option("--role <role>", "what people become at their first sign-in: read, write, admin", "read")
    .option("--match <how>", "how the directory's people are known: subject, email, object-id (Entra ID)", "subject")
    .option("--enforced", "roles count only for who signed in with it")
    .action(
      action(async (context: CommandContext, options: SetOptions, org: string) => {
        context.requireCredential();
        const kept = await context.client.organizations.setSso(orgHandle(org), settingsOf(options));
        context.output.result(kept, lines(kept));
      }),
    );
}

function show(): Command {
  return newCommand("show", "show the organisation's own sign-in, and the addresses to register at its provider")
    .argument("<org>", "acme or orgs/acme")
    .action(
      action(async (context: CommandContext, _options: object, org: string) => {
        context.requireCredential();
        const found = await context.client.organizations.sso(orgHandle(org));
        context.output.result(found, lines(found));
      }),
    );
}

function remove(): Command {
  return newCommand("remove", "take it away, with the sessions that came through it and the directory; members stay")
    .argument("<org>", "acme or orgs/acme")
    .action(
      action(async (context: CommandContext, _options: object, org: string) => {
        context.requireCredential();
        await context.client.organizations.removeSso(orgHandle(org));
        context.output.result({ removed: true }, [`orgs/${orgHandle(org)} has no sign-in of its own any more.`]);
      }),
    );
}

/** `gati org sso …`: the organisation's own OpenID provider. */
export function orgSsoCommand(): Command {
  const group = new Command("sso").description("the organisation's own sign-in (OpenID Connect)");
  for (const command of [set(), show(), remove()]) group.addCommand(command);
  return group;
}

function createToken(): Command {
  return newCommand("create", "make a token for the organisation's directory; it is shown this once")
    .argument("<org>", "acme or orgs/acme")
    .option("--name <name>", "what it is for", "directory")
    .action(
      action(async (context: CommandContext, options: { name: string }, org: string) => {
        context.requireCredential();
        const made = await context.client.organizations.createScimToken(orgHandle(org), options.name);
        context.output.result(made, [made.token, `Keep it: it is not shown again. Revoke it by its id ${made.id}.`]);
      }),
    );
}

function listTokens(): Command {
  return newCommand("list", "list the tokens of the organisation's directory")
    .argument("<org>", "acme or orgs/acme")
    .action(
      action(async (context: CommandContext, _options: object, org: string) => {
        context.requireCredential();
        const found = await context.client.organizations.scimTokens(orgHandle(org));
        const used = (at: string | null) => (at === null ? "never used" : `used ${at}`);
        context.output.result(
          found,
          found.map((one) => `${one.id}  ${one.name}  by ${one.createdBy}  ${used(one.lastUsedAt)}`),
        );
      }),
    );
}

function revokeToken(): Command {
  return newCommand("revoke", "revoke a token of the organisation's directory at once")
    .argument("<org>", "acme or orgs/acme")
    .argument("<id>", "from gati org scim-token list")
    .action(
      action(async (context: CommandContext, _options: object, org: string, id: string) => {
        context.requireCredential();
        await context.client.organizations.revokeScimToken(orgHandle(org), id);
        context.output.result({ id, revoked: true }, ["The token is good for nothing any more."]);
      }),
    );
}

/** `gati org scim-token …`: what the organisation's directory signs in with. */
export function orgScimTokenCommand(): Command {
  const group = new Command("scim-token").description("tokens of the organisation's directory (SCIM 2.0)");
  for (const command of [createToken(), listTokens(), revokeToken()]) group.addCommand(command);
  return group;
}
