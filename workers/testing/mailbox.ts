import { type Handover, type Mail, type Mailer, MailFailure } from "../adapters/mail/index.ts";

/** A mailer that remembers what it took. `failures` are thrown first, one for each try. */
export class Mailbox implements Mailer {
  readonly mails: Mail[] = [];
  readonly failures: ("temporary" | "permanent" | "crash")[] = [];
  tries = 0;

  async send(mail: Mail): Promise<Handover> {
    this.tries++;
    const failure = this.failures.shift();
    if (failure === "crash") throw new Error("connection lost");
    if (failure) throw new MailFailure("not today", { permanent: failure === "permanent" });
    this.mails.push(mail);
    return "sent";
  }

  /** The mails to an address, oldest first. */
  to(address: string): Mail[] {
    return this.mails.filter((mail) => mail.to === address);
  }

  /** The token in the newest mail to an address. */
  token(address: string): string {
    const token = /gati_[a-z]{2}_\w+/.exec(this.to(address).at(-1)?.text ?? "")?.[0];
    if (!token) throw new Error(`no mail with a token went to ${address}`);
    return token;
  }
}
