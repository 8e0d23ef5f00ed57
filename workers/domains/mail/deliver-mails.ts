import { type Mailer, MailFailure } from "../../adapters/mail/index.ts";
import type { Context } from "../../context.ts";
import { type OutboxRecord, pruneOutbox, settleMail, takeDueMails } from "./store.ts";

/** What delivering needs; it also runs by the clock, when nobody asks. */
export type DeliveryContext = Pick<Context, "db" | "log" | "now"> & { readonly mailer: Mailer };

const perRun = 20;
/** Milliseconds from the first try to the second; each further pause is twice as long. */
const backoff = 5 * 60 * 1000;
/** After that many tries, the last about ten hours after the first, a mail is given up. */
const mostAttempts = 8;
/** The list of what was sent is kept for so long, in milliseconds. */
const day = 24 * 60 * 60 * 1000;
const remembered = 30 * day;

async function deliver(ctx: DeliveryContext, mail: OutboxRecord): Promise<void> {
  const { id, recipient: to, subject, text, attempts } = mail;
  if (mail.expiresAt.getTime() <= ctx.now()) return giveUp(ctx, mail, "it is no longer true");
  try {
    await settleMail(ctx.db, id, await ctx.mailer.send({ id, to, subject, text }));
  } catch (error) {
    if ((error instanceof MailFailure && error.permanent) || attempts >= mostAttempts) {
      return giveUp(ctx, mail, error instanceof MailFailure ? error.message : "every try failed");
    }
    ctx.log.warn("mail.not_sent", { mail: id, attempts, reason: (error as Error).message });
  }
}

async function giveUp(ctx: DeliveryContext, { id, attempts }: OutboxRecord, reason: string): Promise<void> {
  await settleMail(ctx.db, id, "failed");
  ctx.log.warn("mail.given_up", { mail: id, attempts, reason });
}

/**
 * Tries every mail that is due, each at least once and at most eight times. A mail may arrive twice when the registry
 * dies between sending it and recording that.
 */
export async function deliverMails(ctx: DeliveryContext): Promise<void> {
  for (;;) {
    const due = await takeDueMails(ctx.db, new Date(ctx.now()), perRun, backoff);
    for (const mail of due) await deliver(ctx, mail);
    if (due.length < perRun) return;
  }
}

/** Forgets mails of a month ago, those to people who left a day ago, and what kept ones say once that is no longer true. */
export async function pruneMails(ctx: Pick<Context, "db" | "now">): Promise<void> {
  const now = ctx.now();
  await pruneOutbox(ctx.db, new Date(now), new Date(now - remembered), new Date(now - day));
}
