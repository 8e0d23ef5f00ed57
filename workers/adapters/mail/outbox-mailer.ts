import { assertSendable, type Handover, type Mail, type Mailer } from "./mailer.ts";

/** Where nothing sends mail: a mail stays in the outbox, where the operator reads it (`gati admin outbox`). */
export class OutboxMailer implements Mailer {
  async send(mail: Mail): Promise<Handover> {
    assertSendable(mail);
    return "kept";
  }
}
