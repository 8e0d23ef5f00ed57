import type { Handle } from "../../../core/identifiers.ts";
import type { Letter } from "../mail/index.ts";

const hour = 60 * 60 * 1000;
export const verificationLifetime = 24 * hour;
export const resetLifetime = hour;
/** News that are late are still news. */
const newsLifetime = 3 * 24 * hour;

interface About {
  /** What this registry calls itself. Never taken from a request: a mail must not lead to somebody else's host. */
  readonly service: string;
  readonly handle: Handle;
  /** Where the pages are, as the operator says it (GATI_PUBLIC_URL); undefined: the letter carries no link. */
  readonly pages?: string | undefined;
}

/** How to use a token: with the page that takes it, where there is one, and else with the command. */
const useOf = ({ pages }: About, page: string, command: string, token: string): string[] => [
  ...(pages ? ["", `    ${pages}${page}?secret=${token}`, "", "Or in a terminal:"] : []),
  "",
  `    ${command}`,
  "",
  "and paste this token, which works once:",
  "",
  `    ${token}`,
];

const letter = (about: About, lifetime: number, title: string, ...lines: string[]): Letter => ({
  subject: `${title} (${about.handle} at ${about.service})`,
  text: [`Account: ${about.handle} at ${about.service}`, "", ...lines, ""].join("\n"),
  lifetime,
});

export const verificationLetter = (about: About, token: string): Letter =>
  letter(
    about,
    verificationLifetime,
    "Confirm your e-mail address",
    "Somebody gave this address for the account above. If that was you, confirm it within 24 hours:",
    ...useOf(about, "/confirm-email", "gati account confirm-email", token),
    "",
    "If it was not you, do nothing: an address that is not confirmed is not used.",
  );

export const addressReplacedLetter = (about: About): Letter =>
  letter(
    about,
    newsLifetime,
    "Your e-mail address was changed",
    "The account above has another e-mail address now. Nothing more is sent to this one.",
    "",
    "If that was not you, somebody knows your password. Change it now and end all other sessions:",
    "",
    "    gati account password",
    "",
    "If you cannot sign in any more, write to the operator of the registry.",
  );

export const resetLetter = (about: About, token: string): Letter =>
  letter(
    about,
    resetLifetime,
    "Set a new password",
    "Somebody asked to set a new password for the account above. If that was you, do it within an hour:",
    ...useOf(about, "/reset-password", "gati account reset-password", token),
    "",
    "If it was not you, do nothing: your password stays as it is. Give the token to nobody.",
  );

export const passwordChangedLetter = (about: About): Letter =>
  letter(
    about,
    newsLifetime,
    "Your password was changed",
    "The password of the account above was changed, and its other sessions were ended. API keys still work.",
    "",
    "If that was not you, set a new password at once and look at your API keys:",
    "",
    `    gati account forgot-password ${about.handle}`,
  );

export const accountDeletedLetter = (about: About): Letter =>
  letter(
    about,
    newsLifetime,
    "Your account was deleted",
    "The account above was deleted: its password, keys, sessions, memberships and this address are gone. Public",
    "versions that it published stay, because others depend on them. Nobody else will ever get its handle.",
    "",
    "If that was not you, write to the operator of the registry.",
  );
