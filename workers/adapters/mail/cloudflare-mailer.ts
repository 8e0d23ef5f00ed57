import { assertSendable, type Handover, type Mail, type Mailer, MailFailure } from "./mailer.ts";

/** Codes of https://developers.cloudflare.com/email-service/api/send-emails/workers-api/ that a retry cannot mend. */
const permanent = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
]);

/** Sends through the email binding of Cloudflare Workers. */
export class CloudflareMailer implements Mailer {
  readonly #binding: SendEmail;
  readonly #from: string;

  constructor(binding: SendEmail, from: string) {
    this.#binding = binding;
    this.#from = from;
  }

  async send(mail: Mail): Promise<Handover> {
    assertSendable(mail);
    const { to, subject, text } = mail;
    try {
      await this.#binding.send({ from: this.#from, to, subject, text });
      return "sent";
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? "unknown").slice(0, 60);
      // The platform's own message may quote the address.
      throw new MailFailure(`Cloudflare did not take the mail (${code}).`, { permanent: permanent.has(code) });
    }
  }
}
