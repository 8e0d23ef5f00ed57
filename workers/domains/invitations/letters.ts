import type { Handle } from "../../../core/identifiers.ts";

/** Milliseconds that an invitation can be accepted. */
export const invitationLifetime = 7 * 24 * 60 * 60 * 1000;

interface About {
  /** What this registry calls itself. Never taken from a request. */
  readonly service: string;
  readonly namespace: string;
  /** Who invites. */
  readonly from: Handle;
}

const letter = ({ service, namespace, from }: About, ...lines: string[]) => ({
  subject: `${from} invites you to ${namespace} (${service})`,
  text: [`${from} invites you to ${namespace} at ${service}.`, "", ...lines, ""].join("\n"),
  lifetime: invitationLifetime,
});

/** To an address, of which nobody knows yet whose it is. */
export const addressInvitation = (about: About, token: string) =>
  letter(
    about,
    "To accept within 7 days, use an account whose confirmed address is this one, and run",
    "",
    "    gati invitation accept",
    "",
    "and paste this token, which works once:",
    "",
    `    ${token}`,
    "",
    "If you do not know who that is, do nothing: without your answer nothing happens.",
  );

/** To an account with a confirmed address. */
export const accountInvitation = (about: About, handle: Handle) =>
  letter(
    about,
    `The invitation is for your account ${handle}. To answer it within 7 days, run`,
    "",
    "    gati invitation list",
    "",
    "If you do not know who that is, do nothing: without your answer nothing happens.",
  );
