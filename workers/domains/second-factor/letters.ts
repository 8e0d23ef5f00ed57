import type { Letter } from "../mail/index.ts";

/** News that are late are still news; milliseconds. */
const lifetime = 3 * 24 * 60 * 60 * 1000;

interface About {
  /** What this registry calls itself. Never taken from a request: a mail must not lead to somebody else's host. */
  readonly service: string;
  readonly handle: string;
}

const notYou = (handle: string) => [
  "If that was not you, somebody else is in your account. Set a new password at once, look at your sessions and keys:",
  "",
  `    gati account forgot-password ${handle}`,
];

const letter = ({ service, handle }: About, title: string, ...lines: string[]): Letter => ({
  subject: `${title} (${handle} at ${service})`,
  text: [`Account: ${handle} at ${service}`, "", ...lines, "", ...notYou(handle), ""].join("\n"),
  lifetime,
});

export const factorAddedLetter = (about: About, what: string): Letter =>
  letter(
    about,
    `${what} was added to your account`,
    `${what} was added to the account above. Signing in with the password asks for a second factor from now on.`,
  );

export const factorRemovedLetter = (about: About, what: string): Letter =>
  letter(about, `${what} was removed from your account`, `${what} does not open the account above any more.`);

export const factorsRemovedLetter = (about: About): Letter =>
  letter(
    about,
    "Your second factor was switched off",
    "All second factors of the account above and its recovery codes are gone. The password alone opens it.",
  );

export const codesRenewedLetter = (about: About): Letter =>
  letter(
    about,
    "Your recovery codes were replaced",
    "The account above has new recovery codes. Those before do not work any more.",
  );

export const codeUsedLetter = (about: About): Letter =>
  letter(
    about,
    "A recovery code was used",
    "One of the recovery codes of the account above was used in place of its second factor. It does not work again.",
    "gati account second-factor recovery-codes makes new ones.",
  );

export const guessedLetter = (about: About): Letter =>
  letter(
    about,
    "Somebody knows your password",
    "Somebody gave the right password of the account above, and then wrong codes until the sign-in was ended.",
    "The second factor kept them out.",
  );
