import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { mail, mailsTo, operatorSession, tokenIn } from "../support/mail.ts";
import { gatiModule, publishModule, putVersion, versionPath } from "../support/modules.ts";
import { makeKey, makeOrganization, type Person, setRole, signUp, unique } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let operator: Credential;
beforeAll(async () => {
  operator = await operatorSession(shared);
});

const other = "another long passphrase";
const post = (path: string, json: unknown) => shared.send("POST", `/api/v1/auth/${path}`, { json });
const signingIn = ({ handle }: Person, password: string) => post("sign-in", { handle, password });

/** Somebody whose address is confirmed. */
async function reachable(): Promise<Person & { email: string }> {
  const person = await signUp(shared);
  const email = `${person.handle}@example.org`;
  await put(person, "email", { email, password: person.password });
  const { token } = { token: tokenIn(await mail(shared, operator, email, "Confirm")) };
  expect((await post("email/verify", { token })).status).toBe(200);
  return { ...person, email };
}

const put = (person: Person, what: "email" | "password", json: unknown) =>
  shared.send("PUT", `/api/v1/account/${what}`, { as: person.session, json });
const account = (person: Person) =>
  shared.read<{ email: string | null }>("GET", "/api/v1/account", { as: person.session });

describe("the outbox", () => {
  it("is the operator's alone", async () => {
    const person = await signUp(shared);
    await expectProblem(await shared.send("GET", "/api/v1/admin/outbox"), 401, "unauthenticated");
    await expectProblem(await shared.send("GET", "/api/v1/admin/outbox", { as: person.session }), 403, "denied");
  });
});

describe("an address", () => {
  it("given at sign-up is confirmed by the token in the mail, by nothing else", async () => {
    const handle = unique("user");
    const email = `${handle}@example.org`;
    await shared.read("POST", "/api/v1/auth/sign-up", { json: { handle, password: other, email } });
    const token = tokenIn(await mail(shared, operator, email, "Confirm"));
    for (const bad of [`${token.slice(0, -1)}_`, "gati_ev_", "x"])
      await expectProblem(await post("email/verify", { token: bad }), 401, "unauthenticated");
    expect(await (await post("email/verify", { token })).json()).toEqual({ handle, email });
    await expectProblem(await post("email/verify", { token }), 401, "unauthenticated");
  });

  it("is changed only with the password, and the one before is told", async () => {
    const person = await reachable();
    const next = `next-${person.email}`;
    await expectProblem(await put(person, "email", { email: next, password: "wrong password" }), 403, "denied");
    expect((await put(person, "email", { email: next, password: person.password })).status).toBe(202);
    expect(await account(person)).toMatchObject({ email: person.email });
    await post("email/verify", { token: tokenIn(await mail(shared, operator, next, "Confirm")) });
    expect(await account(person)).toMatchObject({ email: next, emailConfirmedAt: expect.any(String) });
    await mail(shared, operator, person.email, "address was changed");
  });
});

describe("a forgotten password", () => {
  it("is set anew with the token of the mail, once, and all sessions end", async () => {
    const person = await reachable();
    expect((await post("password/forgot", { account: person.handle })).status).toBe(202);
    const token = tokenIn(await mail(shared, operator, person.email, "Set a new password"));
    await expectProblem(await post("password/reset", { token, password: "short" }), 400, "invalid_request");
    expect((await post("password/reset", { token, password: other })).status).toBe(204);
    await expectProblem(await post("password/reset", { token, password: other }), 401, "unauthenticated");
    expect((await signingIn(person, other)).status).toBe(200);
    await expectProblem(await signingIn(person, person.password), 401, "unauthenticated");
    const me = await shared.send("GET", "/api/v1/auth/me", { as: person.session });
    await expectProblem(me, 401, "unauthenticated");
    await mail(shared, operator, person.email, "password was changed");
  });

  it("answers alike whether or not there is an account, and whether its address is confirmed", async () => {
    const person = await reachable();
    const unconfirmed = unique("user");
    await shared.read("POST", "/api/v1/auth/sign-up", {
      json: { handle: unconfirmed, password: other, email: `${unconfirmed}@example.org` },
    });
    const answers = [];
    for (const named of [person.handle, person.email, unconfirmed, unique("nobody"), "nobody@example.org", "%%%"]) {
      const answer = await post("password/forgot", { account: named });
      answers.push([answer.status, await answer.text(), answer.headers.get("content-length")]);
    }
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    await mail(shared, operator, person.email, "Set a new password");
    const others = await mailsTo(shared, operator, `${unconfirmed}@example.org`);
    expect(others.map(({ subject }) => subject)).toEqual([expect.stringContaining("Confirm")]);
  });
});

it("a password is changed with the present one; other sessions end, the own one and keys stay", async () => {
  const person = await signUp(shared);
  const { as: key } = await makeKey(shared, person, ["read"]);
  const session = (await (await signingIn(person, person.password)).json()) as { token: string };
  await expectProblem(await put(person, "password", { password: other, newPassword: other }), 403, "denied");
  const json = { password: person.password, newPassword: other };
  expect((await put(person, "password", json)).status).toBe(204);
  const status = async (as: Credential) => (await shared.send("GET", "/api/v1/auth/me", { as })).status;
  expect([await status(person.session), await status(key), await status({ bearer: session.token })]).toEqual([
    200, 200, 401,
  ]);
  expect((await signingIn(person, other)).status).toBe(200);
});

describe("deleting an account", () => {
  const remove = (person: Person, password: string) =>
    shared.send("DELETE", "/api/v1/account", { as: person.session, json: { password } });

  it("takes the person out of everything and leaves what others depend on", async () => {
    const person = await reachable();
    const organization = await makeOrganization(shared, await signUp(shared));
    const { as: key } = await makeKey(shared, person, ["admin"]);
    const repository = new Repository(shared, `users/${person.handle}/thing`, person.session);
    await publishModule(repository, "1.0.0");
    const data = await shared.read<Record<string, unknown>>("GET", "/api/v1/account/export", { as: person.session });
    expect(data).toMatchObject({
      account: { handle: person.handle, email: person.email },
      keys: [{ scopes: ["admin"] }],
      published: [{ repository: repository.name, version: "1.0.0" }],
    });

    await expectProblem(await remove(person, "wrong password"), 403, "denied");
    expect((await remove(person, person.password)).status).toBe(204);

    for (const as of [person.session, key]) {
      await expectProblem(await shared.send("GET", "/api/v1/auth/me", { as }), 401, "unauthenticated");
      const late = new Repository(shared, repository.name, as);
      const published = await putVersion(late, "1.0.1", await gatiModule(repository, "1.0.1").catch(() => ({})));
      await expectProblem(published, 401, "unauthenticated");
    }
    await expectProblem(await signingIn(person, person.password), 401, "unauthenticated");
    await expectProblem(await post("sign-up", { handle: person.handle, password: other }), 409, "name_taken");
    expect((await shared.send("GET", versionPath(repository, "1.0.0"))).status).toBe(200);
    await mail(shared, operator, person.email, "account was deleted");
    expect((await mailsTo(shared, operator, person.email)).map(({ subject }) => subject)).toHaveLength(1);
    expect(organization).toBeTruthy();
  });

  it("is refused to the last owner of an organisation, naming it, until there is another", async () => {
    const [person, heir] = [await signUp(shared), await signUp(shared)];
    const organization = await makeOrganization(shared, person);
    const problem = await expectProblem(await remove(person, person.password), 403, "denied");
    expect(problem.details).toEqual({ organizations: [`orgs/${organization}`] });
    await setRole(shared, person, organization, heir, "owner");
    expect((await remove(person, person.password)).status).toBe(204);
    const path = `/api/v1/namespaces/orgs/${organization}/members`;
    const { members } = await shared.read<{ members: { handle: string }[] }>("GET", path, { as: heir.session });
    expect(members.map(({ handle }) => handle)).toEqual([heir.handle]);
    const again = await shared.send("PUT", `${path}/${person.handle}`, { as: heir.session, json: { role: "read" } });
    await expectProblem(again, 404, "name_unknown");
  });
});
