import { RegistryError } from "../../../core/errors.ts";
import type { NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { makeSecret, requireScope, secretHash, type User } from "../auth/index.ts";
import { deliverMails, type NewMail } from "../mail/index.ts";
import { memberOf, type NamespaceRecord, requireRole, type Role } from "../namespaces/index.ts";
import { findTeams } from "../teams/index.ts";
import { accountInvitation, addressInvitation, invitationLifetime } from "./letters.ts";
import { confirmedAddress, insertInvitation, type NewInvitation, roleAlready } from "./store.ts";

/** Open invitations of one namespace. */
const maxOpen = 200;

export interface InviteInput {
  /** Account, or `email` for somebody who may not have one yet. */
  readonly handle?: string | undefined;
  readonly email?: string | undefined;
  /** Absent: only into teams. */
  readonly role?: Role | undefined;
  /** Names. */
  readonly teams?: readonly string[] | undefined;
}

/**
 * Invites somebody into a namespace or teams of it, for seven days; an older invitation of the same person is replaced.
 * Needs the role admin and the scope admin; only an owner invites owners.
 * Errors: those of `requireRole`, `name_unknown` for a user or team, `already_done` for a member, `invalid_request`,
 * `rate_limited`.
 */
export async function invite(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  input: InviteInput,
): Promise<{ id: string; expiresAt: Date }> {
  const user = requireScope(ctx.actor, "admin");
  const namespace = await requireRole(ctx, kind, handle, "admin", "admin");
  if (input.role === "owner" && namespace.role !== "owner") {
    throw new RegistryError("denied", "Only an owner makes owners.", { suggestions: ["Ask an owner."] });
  }
  const teams = await teamIds(ctx, namespace, input.teams ?? []);
  if (input.role === undefined && teams.length === 0) {
    throw new RegistryError("invalid_request", "An invitation is for a role, for teams, or for both.", {
      suggestions: ["Name a role (read, write, admin, owner) or teams."],
    });
  }
  const whom = await inviteeOf(ctx, namespace, user, input);
  assertTaken(await ctx.limiter.take("invitation", `user:${user.userId}`));
  const now = ctx.now();
  const invitation: NewInvitation = {
    id: crypto.randomUUID(),
    namespaceId: namespace.id,
    invitee: whom.invitee,
    userId: whom.userId,
    tokenHash: whom.tokenHash,
    role: input.role ?? null,
    teams,
    invitedBy: user.userId,
    at: new Date(now),
    expiresAt: new Date(now + invitationLifetime),
  };
  const note = auditNote(ctx, { namespaceId: namespace.id }, "invitation.created", `${kind}/${handle}`, {
    invitation: invitation.id,
    invitee: input.handle ?? input.email ?? "",
    role: invitation.role,
    teams: [...(input.teams ?? [])],
  });
  if (!(await insertInvitation(ctx.db, invitation, whom.mail, maxOpen, note))) {
    throw new RegistryError("denied", `There are ${maxOpen} open invitations already.`, {
      suggestions: ["Revoke some: gati invitation list."],
    });
  }
  ctx.afterwards(sealAudit(ctx, note));
  if (whom.mail) ctx.afterwards(deliverMails(ctx));
  return { id: invitation.id, expiresAt: invitation.expiresAt };
}

async function teamIds(ctx: Context, { id, kind, handle }: NamespaceRecord, names: readonly string[]) {
  const found = names.length === 0 ? [] : await findTeams(ctx.db, id, names);
  const missing = names.find((name) => !found.some((team) => team.name === name));
  if (missing === undefined) return found.map((team) => team.id);
  throw new RegistryError("name_unknown", `${kind}/${handle} has no team "${missing.slice(0, 100)}".`, {
    suggestions: ["List the teams: gati team list."],
  });
}

interface Invitee {
  readonly invitee: string;
  readonly userId: string | null;
  readonly tokenHash: string | null;
  readonly mail: NewMail | undefined;
}

/** Who is invited, and what is written to them. An account without a confirmed address finds the invitation by itself. */
async function inviteeOf(ctx: Context, to: NamespaceRecord, user: User, input: InviteInput): Promise<Invitee> {
  const about = { service: ctx.settings.service, namespace: `${to.kind}/${to.handle}`, from: user.handle };
  if (input.email !== undefined && input.handle === undefined) {
    const token = makeSecret("invitation");
    const mail = { userId: user.userId, to: input.email, ...addressInvitation(about, token) };
    return { invitee: input.email.toLowerCase(), userId: null, tokenHash: await secretHash(token), mail };
  }
  if (input.handle === undefined || input.email !== undefined) {
    throw new RegistryError("invalid_request", "Invite either a handle or an e-mail address.", {
      suggestions: ["Use the handle of somebody who has an account here."],
    });
  }
  const userId = await memberOf(ctx, input.handle);
  const already = await roleAlready(ctx.db, to.id, userId);
  if (already) {
    throw new RegistryError("already_done", `${input.handle} is a member already, with the role ${already.role}.`, {
      suggestions: ["Change the role of a member: gati org member set.", "Put members into teams: gati team add."],
    });
  }
  const address = await confirmedAddress(ctx.db, userId);
  const letter = accountInvitation(about, input.handle as User["handle"]);
  return { invitee: userId, userId, tokenHash: null, mail: address ? { userId, to: address, ...letter } : undefined };
}
