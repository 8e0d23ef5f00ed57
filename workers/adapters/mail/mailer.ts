/** A mail as it leaves the registry: plain text, to one person. */
export interface Mail {
  /** Stays the same when it is tried again. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * sent: it left the registry, and its text has to be forgotten.
 * kept: nothing sends mail here, and the operator hands its text on.
 */
export type Handover = "sent" | "kept";

/** Takes mails to people. */
export interface Mailer {
  /** Errors: `MailFailure`; anything else is a fault that another try may not have. */
  send(mail: Mail): Promise<Handover>;
}

/** Why a mail was not taken. Its message names no address and nothing of the text, so it may be logged. */
export class MailFailure extends Error {
  override readonly name = "MailFailure";
  /** True when no other try will go better. */
  readonly permanent: boolean;

  constructor(message: string, options: { permanent: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.permanent = options.permanent;
  }
}

const lineBreak = /[\r\n]/;
const longestSubject = 200;
const longestText = 20_000;

/** What every mailer refuses: a second recipient or header smuggled in by a line break, and what is no mail of ours. */
export function assertSendable({ to, subject, text }: Mail): void {
  const refuse = (message: string) => new MailFailure(message, { permanent: true });
  if (lineBreak.test(to) || lineBreak.test(subject)) throw refuse("The mail has a line break in a header.");
  if (!/^[^\s,;<>]+@[^\s,;<>@]+$/.test(to)) throw refuse("The mail is not to one address.");
  if (subject === "" || subject.length > longestSubject) throw refuse("The mail has no subject, or a very long one.");
  if (text === "" || text.length > longestText) throw refuse("The mail has no text, or a very long one.");
}
