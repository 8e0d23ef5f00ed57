import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { isSecret, requireUser, secretHash } from "../auth/index.ts";
import type { Role } from "../namespaces/index.ts";
import { findAnswerable, invitationsOf, type Presented, settleInvitation } from "./store.ts";

/** The same for every way in which it cannot be answered: it tells nothing about other people's invitations. */
const noInvitation = () =>
  new RegistryError("name_unknown", "There is no such invitation for you, or it is over.", {
    suggestions: [
      "List yours: gati invitation list.",
      "One that came by mail is for an account whose confirmed address is the one it was sent to.",
      "Ask to be invited again; only the newest invitation counts.",
    ],
  });

/** Invitations that the caller can answer. Needs the scope read, not narrowed. */
export async function ownInvitations(ctx: Context) {
  const { userId } = requireUser(ctx.actor, "read");
  return invitationsOf(ctx.db, userId, new Date(ctx.now()));
}

/**
 * Accepts or declines an invitation: the caller's own by its id, or one that was sent to an address by its token, which the
 * caller's confirmed address has to be. Needs the scope admin, not narrowed. Errors: `name_unknown`, `rate_limited`.
 */
export async function answerInvitation(
  ctx: Context,
  invitation: { readonly id: string } | { readonly token: string },
  accept: boolean,
): Promise<{ namespace: string; role: Role | null }> {
  const { userId, handle } = requireUser(ctx.actor, "admin");
  const presented = await presentedBy(ctx, invitation);
  const found = presented && (await findAnswerable(ctx.db, presented, userId, ctx.now()));
  if (!presented || !found) throw noInvitation();
  const action = accept ? "invitation.accepted" : "invitation.declined";
  const details = { invitation: found.id, member: handle, role: found.role };
  const note = auditNote(ctx, { namespaceId: found.namespaceId }, action, found.namespace, details);
  if (!(await settleInvitation(ctx.db, presented, { userId, accept, now: ctx.now() }, note))) throw noInvitation();
  ctx.afterwards(sealAudit(ctx, note));
  return { namespace: found.namespace, role: found.role };
}

async function presentedBy(
  ctx: Context,
  invitation: { readonly id: string } | { readonly token: string },
): Promise<Presented | undefined> {
  if ("id" in invitation) return invitation;
  if (ctx.address !== undefined) assertTaken(await ctx.limiter.take("recovery", ctx.address));
  return isSecret("invitation", invitation.token) ? { tokenHash: await secretHash(invitation.token) } : undefined;
}
