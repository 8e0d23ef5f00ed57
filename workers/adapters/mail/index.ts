import type { Env } from "../../env.ts";
import { settingsOf } from "../../env.ts";
import { CloudflareMailer } from "./cloudflare-mailer.ts";
import type { Mailer } from "./mailer.ts";
import { OutboxMailer } from "./outbox-mailer.ts";

export { type Handover, type Mail, type Mailer, MailFailure } from "./mailer.ts";

/** The email binding where there is one and a sender is named; otherwise mails wait for the operator. */
export function mailerOf(env: Env): Mailer {
  const { mailFrom } = settingsOf(env);
  return env.EMAIL && mailFrom ? new CloudflareMailer(env.EMAIL, mailFrom) : new OutboxMailer();
}
