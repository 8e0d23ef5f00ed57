import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Client, signUp } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";
import { answered, makeOrganisation, type Organisation, refusal, statusOf } from "../../testing/organisation.ts";

// Every person who signs up costs a password hash.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let org: Organisation;
let count = 0;
beforeAll(async () => {
  org = await makeOrganisation();
});

const freshAddress = () => `person-${++count}@example.org`;
const unknown = [404, "name_unknown"] as const;
const answer = (as: Client, body: unknown) => org.call(as, "POST", "/api/v1/account/invitations/answer", body);

/** Invites an address and reads the token out of the mail that goes there. */
async function invited(email: string, role = "read"): Promise<string> {
  await answered(org.call(org.owner, "POST", `${org.namespace}/invitations`, { email, role }));
  const mails = await rows<{ text: string }>(
    "SELECT text FROM outbox WHERE recipient = ? ORDER BY rowid DESC LIMIT 1",
    email,
  );
  const token = /gati_in_\w+/.exec(mails[0]?.text ?? "")?.[0];
  if (!token) throw new Error(`no token went to ${email}`);
  return token;
}

/** Somebody whose address is confirmed, or only claimed. */
async function person(email: string, confirmed = true): Promise<Client> {
  const who = await signUp();
  await env.DB.prepare("UPDATE users SET email = ?, email_verified_at = ? WHERE handle = ?")
    .bind(email, confirmed ? 1 : null, who.handle)
    .run();
  return who;
}

describe("an invitation that goes to an address", () => {
  it("is accepted with its token by the account whose confirmed address that is, in any case", async () => {
    const email = freshAddress();
    const token = await invited(email.toUpperCase());
    const who = await person(email);
    expect(await answered(answer(who, { token, accept: true }))).toEqual({
      namespace: `orgs/${org.handle}`,
      role: "read",
    });
    expect(await statusOf(who, `${org.namespace}/members`)).toBe(200);
  });

  it("is kept only as a hash, and shown without its token", async () => {
    const email = freshAddress();
    const token = await invited(email);
    const text =
      JSON.stringify(await rows("SELECT * FROM invitations")) +
      JSON.stringify(await rows("SELECT * FROM audit_outbox"));
    expect(text.includes(token)).toBe(false);
    const listed = await (await org.owner.send("GET", `${org.namespace}/invitations`)).text();
    expect(listed).toContain(email);
    expect(listed.includes(token)).toBe(false);
  });
});

describe("attack: organisations, invitations by mail", () => {
  it("the token is no use to an account with another address, even a confirmed one", async () => {
    const token = await invited(freshAddress());
    expect(await refusal(answer(await person(freshAddress()), { token, accept: true }))).toEqual(unknown);
    expect(await refusal(answer(await signUp(), { token, accept: true }))).toEqual(unknown);
  });

  it("nor to one that claims the address without having confirmed it", async () => {
    const email = freshAddress();
    const token = await invited(email);
    expect(await refusal(answer(await person(email, false), { token, accept: true }))).toEqual(unknown);
  });

  it("the right address is no use without the token", async () => {
    const email = freshAddress();
    await invited(email);
    const who = await person(email);
    const [row] = await rows<{ id: string }>("SELECT id FROM invitations WHERE invitee = ?", email);
    expect(await refusal(answer(who, { id: row?.id, accept: true }))).toEqual(unknown);
    expect(await answered(who.send("GET", "/api/v1/account/invitations"))).toEqual({ invitations: [] });
  });

  it("a token works once, and not after a newer one", async () => {
    const email = freshAddress();
    const [first, second] = [await invited(email, "admin"), await invited(email, "read")];
    const who = await person(email);
    expect(await refusal(answer(who, { token: first, accept: true }))).toEqual(unknown);
    await answered(answer(who, { token: second, accept: true }));
    expect(await refusal(answer(who, { token: second, accept: true }))).toEqual(unknown);
    await answered(org.call(org.owner, "DELETE", `${org.namespace}/members/${who.handle}`));
    expect(await refusal(answer(who, { token: second, accept: true }))).toEqual(unknown);
  });

  it("a token that is too old, or of another kind, is refused in the same words", async () => {
    const email = freshAddress();
    const token = await invited(email);
    const who = await person(email);
    await env.DB.prepare("UPDATE invitations SET expires_at = 1 WHERE invitee = ?").bind(email).run();
    for (const text of [token, token.replace("gati_in_", "gati_ev_"), `${token}x`, "gati_in_", "x"])
      expect(await refusal(answer(who, { token: text, accept: true }))).toEqual(unknown);
  });

  it("a late one does not lower the role of somebody who became a member meanwhile", async () => {
    const email = freshAddress();
    const token = await invited(email, "read");
    const who = await person(email);
    await org.join(who, "admin");
    await answered(answer(who, { token, accept: true }));
    expect(await answered(who.send("GET", org.namespace))).toMatchObject({ role: "admin" });
  });

  it("one cannot be for both an address and an account, nor for neither", async () => {
    for (const body of [
      { role: "read" },
      { role: "read", handle: org.owner.handle, email: freshAddress() },
      { handle: (await signUp()).handle },
      { email: "no address", role: "read" },
    ]) {
      expect((await org.call(org.owner, "POST", `${org.namespace}/invitations`, body)).status).toBe(400);
    }
  });
});
