import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createClient } from "../../packages/sdk/src/index.ts";
import { Machine } from "../harness/cli.ts";
import { testOperator } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";

const registry = inject("registryUrl");
const password = "the password of these tests";
let machine: Machine;
let handle: string;
let email: string;

beforeEach(async () => {
  machine = await Machine.create(registry);
  handle = `u-${randomBytes(6).toString("hex")}`;
  email = `${handle}@example.org`;
  const args = ["signup", "--handle", handle, "--password-stdin", "--email", email];
  expect(await machine.gati(args, { input: password })).toMatchObject({ code: 0 });
});
afterEach(() => machine.remove());

const account = (args: string[], ...lines: string[]) => machine.gati(["account", ...args], { input: lines.join("\n") });

/** The newest token that a mail to this address carries, as the operator reads it with `gati admin outbox`. */
async function tokenFor(address: string, subject: string): Promise<string> {
  const desk = await Machine.create(registry);
  try {
    const login = ["login", "--handle", testOperator.handle, "--password-stdin", "--admin"];
    await desk.gati(login, { input: testOperator.password });
    return await until(`a mail to ${address}`, async () => {
      const { mails } = (await desk.gati(["admin", "outbox", "--limit", "50", "--json"])).json<{
        mails: { to: string; subject: string; text: string }[];
      }>();
      const found = mails.find((mail) => mail.to === address && mail.subject.includes(subject));
      return /gati_[a-z]{2}_\w+/.exec(found?.text ?? "")?.[0];
    });
  } finally {
    await desk.remove();
  }
}

describe("gati account", () => {
  it("email, confirm-email, forgot-password and reset-password go the whole way by mail", async () => {
    expect(await account(["confirm-email", "--password-stdin"], await tokenFor(email, "Confirm"))).toMatchObject({
      code: 0,
      stdout: `${email} is the address of ${handle} now.\n`,
    });
    const next = `next-${email}`;
    expect((await account(["email", next, "--password-stdin"], "a wrong password")).code).toBe(3);
    expect((await account(["email", next, "--password-stdin"], password)).code).toBe(0);
    await account(["confirm-email", "--password-stdin"], await tokenFor(next, "Confirm"));

    expect((await account(["forgot-password", next])).code).toBe(0);
    const token = await tokenFor(next, "Set a new password");
    expect((await account(["reset-password", "--password-stdin"], token, "a second long password")).code).toBe(0);
    expect((await account(["reset-password", "--password-stdin"], token, "a third long password")).code).toBe(3);
    const client = createClient({ registry });
    await client.auth.signIn({ handle, password: "a second long password" });
    await expect(client.auth.signIn({ handle, password })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("password changes it; the key of the login stays good", async () => {
    const other = "another long password";
    expect((await account(["password", "--password-stdin"], password)).code).toBe(2);
    expect((await account(["password", "--password-stdin"], "a wrong password", other)).code).toBe(3);
    expect((await account(["password", "--password-stdin"], password, other)).code).toBe(0);
    await createClient({ registry }).auth.signIn({ handle, password: other });
    expect((await machine.gati(["whoami"])).code).toBe(0);
  });

  it("sessions shows where one is signed in and ends what is wanted; the CLI leaves none behind", async () => {
    const list = async (...args: string[]) =>
      (await account(["sessions", "--password-stdin", "--json", ...args], password)).json<{
        ended: number;
        sessions: { id: string; agent: string }[];
      }>();
    expect(await list()).toEqual({ ended: 0, sessions: [] });
    const signIn = () => createClient({ registry, userAgent: "elsewhere/1" }).auth.signIn({ handle, password });
    const [one, two] = [await signIn(), await signIn()];
    const { sessions } = await list();
    expect(sessions.map(({ agent }) => agent)).toEqual(["elsewhere/1", "elsewhere/1"]);
    expect((await list("--end", sessions[0]!.id)).sessions).toHaveLength(1);
    expect(await list("--end-all")).toEqual({ ended: 1, sessions: [] });
    for (const { refreshToken } of [one, two])
      await expect(createClient({ registry }).auth.refresh(refreshToken)).rejects.toMatchObject({
        code: "unauthenticated",
      });
  });

  it("export writes what is known, for its owner's eyes only", async () => {
    const file = machine.path("me.json");
    expect((await account(["export", file, "--password-stdin"], password)).code).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ account: { handle, email } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("delete has to be confirmed, deletes, and forgets the login", async () => {
    expect((await account(["delete", "--password-stdin"], password)).code).toBe(2);
    expect((await account(["delete", "--yes", "--password-stdin"], "a wrong password")).code).toBe(3);
    expect((await machine.gati(["whoami"])).code).toBe(0);
    expect(await account(["delete", "--yes", "--password-stdin"], password)).toMatchObject({
      code: 0,
      stdout: `The account ${handle} was deleted.\n`,
    });
    expect((await machine.gati(["whoami"])).code).toBe(3);
    await expect(createClient({ registry }).auth.signIn({ handle, password })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("says what to pipe in when there is no terminal, and prints no secret", async () => {
    const result = await machine.gati(["account", "password"]);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining("Password, New password") });
    const wrong = await account(["password", "--password-stdin"], "a very wrong password", "something new and long");
    expect(wrong.stdout + wrong.stderr).not.toMatch(/very wrong|something new/);
  });
});

it("gati login leaves no session behind: the key that it made is all that is needed", async () => {
  const login = ["login", "--handle", handle, "--password-stdin"];
  expect((await machine.gati(login, { input: password })).code).toBe(0);
  const session = await createClient({ registry }).auth.signIn({ handle, password });
  const { account: mine } = createClient({ registry, credential: session.token });
  expect((await mine.sessions()).map(({ current }) => current)).toEqual([true]);
});

it("gati admin outbox is the operator's alone", async () => {
  expect((await machine.gati(["admin", "outbox"])).code).toBe(3);
  expect((await machine.gati(["admin", "outbox", "--limit", "none"])).code).toBe(2);
});
