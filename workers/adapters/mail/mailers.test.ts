import { describe, expect, it } from "vitest";
import { CloudflareMailer } from "./cloudflare-mailer.ts";
import { type Mail, type Mailer, MailFailure } from "./mailer.ts";
import { OutboxMailer } from "./outbox-mailer.ts";

const mail: Mail = { id: "mail-1", to: "ann@example.org", subject: "A subject", text: "First line.\nSecond line.\n" };

/** A binding as Cloudflare's, which remembers what it took or fails as it is told to. */
function binding(failure?: { code?: string; message: string }) {
  const taken: unknown[] = [];
  const send = async (message: unknown) => {
    if (failure) throw Object.assign(new Error(failure.message), failure);
    taken.push(message);
    return { messageId: crypto.randomUUID() };
  };
  return { taken, send: send as SendEmail["send"] };
}

/** What every mailer holds to. */
const mailers: [string, () => Mailer][] = [
  ["the outbox", () => new OutboxMailer()],
  ["Cloudflare", () => new CloudflareMailer(binding(), "registry@example.org")],
];

describe.each(mailers)("%s", (_, make) => {
  it("takes a mail, and again when nobody heard that it did", async () => {
    const mailer = make();
    const handover = await mailer.send(mail);
    expect(["sent", "kept"]).toContain(handover);
    expect(await mailer.send(mail)).toBe(handover);
  });

  it.each<[string, Partial<Mail>]>([
    ["a second recipient", { to: "ann@example.org, eve@example.org" }],
    ["a header in the recipient", { to: "ann@example.org\r\nBcc: eve@example.org" }],
    ["a header in the subject", { subject: "Hello\nBcc: eve@example.org" }],
    ["a name beside the address", { to: "Ann <ann@example.org>" }],
    ["no recipient", { to: "" }],
    ["no address", { to: "ann" }],
    ["no subject", { subject: "" }],
    ["a subject without end", { subject: "x".repeat(201) }],
    ["no text", { text: "" }],
    ["a text without end", { text: "x".repeat(20_001) }],
  ])("refuses %s for good, and quotes nothing of it", async (_name, fault) => {
    const error = await make()
      .send({ ...mail, ...fault })
      .catch((one: unknown) => one);
    expect(error).toBeInstanceOf(MailFailure);
    expect(error).toMatchObject({ permanent: true });
    expect((error as Error).message).not.toMatch(/example\.org|Hello/);
  });
});

describe("Cloudflare", () => {
  it("is given exactly the mail, as plain text, from the operator's address", async () => {
    const { taken, send } = binding();
    expect(await new CloudflareMailer({ send }, "registry@example.org").send(mail)).toBe("sent");
    expect(taken).toEqual([{ from: "registry@example.org", to: mail.to, subject: mail.subject, text: mail.text }]);
  });

  it.each([
    ["E_RECIPIENT_SUPPRESSED", true],
    ["E_RECIPIENT_NOT_ALLOWED", true],
    ["E_VALIDATION_ERROR", true],
    ["E_SENDER_NOT_VERIFIED", false],
    ["E_RATE_LIMIT_EXCEEDED", false],
    [undefined, false],
  ])("answers %s: permanent %s, without repeating what it said about the address", async (code, permanent) => {
    const failing = binding({ ...(code === undefined ? {} : { code }), message: "ann@example.org is not good" });
    const error = await new CloudflareMailer(failing, "registry@example.org").send(mail).catch((one: unknown) => one);
    expect(error).toMatchObject({ name: "MailFailure", permanent });
    expect(String(error)).not.toContain("ann@example.org");
  });
});
