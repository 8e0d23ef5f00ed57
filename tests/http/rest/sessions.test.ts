import { describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError, expectProblem } from "../support/errors.ts";
import { putVersion, gatiModule } from "../support/modules.ts";
import { makeKey, type Person, registryToken, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

interface Opened {
  readonly token: string;
  readonly refreshToken: string;
}
interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly agent: string | null;
}

const signIn = (person: Person, agent = "test") =>
  shared.read<Opened>("POST", "/api/v1/auth/sign-in", {
    json: { handle: person.handle, password: person.password },
    headers: { "User-Agent": agent },
  });
const refreshing = (refreshToken: string) => shared.send("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
const refresh = (refreshToken: string) =>
  shared.read<Opened>("POST", "/api/v1/auth/refresh", { json: { refreshToken } });
const sessions = async ({ token }: Opened) =>
  (await shared.read<{ sessions: Listed[] }>("GET", "/api/v1/auth/sessions", { as: { bearer: token } })).sessions;
const me = ({ token }: Opened) => shared.send("GET", "/api/v1/auth/me", { as: { bearer: token } });

describe("refreshing", () => {
  it("answers the next pair of tokens; the access token before stays good until it expires", async () => {
    const first = await signIn(await signUp(shared));
    const second = await refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect([(await me(first)).status, (await me(second)).status]).toEqual([200, 200]);
  });

  it("with a token that was exchanged before ends the session at once, for every token of it", async () => {
    const first = await signIn(await signUp(shared));
    const second = await refresh(first.refreshToken);
    await expectProblem(await refreshing(first.refreshToken), 401, "unauthenticated");
    await expectProblem(await refreshing(second.refreshToken), 401, "unauthenticated");
    for (const session of [first, second]) await expectProblem(await me(session), 401, "unauthenticated");
  });

  it("twenty times at once with one token succeeds once and ends the session", async () => {
    const session = await signIn(await signUp(shared));
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshing(session.refreshToken)));
    const won = answers.filter((answer) => answer.status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(19);
    const { refreshToken } = (await won[0]!.json()) as Opened;
    await expectProblem(await refreshing(refreshToken), 401, "unauthenticated");
    await Promise.all(answers.map((answer) => (answer.bodyUsed ? undefined : answer.arrayBuffer())));
  });

  it("answers every token that is not good in the same words", async () => {
    const person = await signUp(shared);
    const { token, refreshToken } = await signIn(person);
    await refresh(refreshToken);
    const { key } = (await shared.read("POST", "/api/v1/auth/keys", {
      as: person.session,
      json: { name: "k", scopes: ["admin"] },
    })) as { key: string };
    const details = new Set<string>();
    for (const bad of [refreshToken, `${refreshToken.slice(0, -1)}0`, token, key, "", "x".repeat(1000)]) {
      details.add((await expectProblem(await refreshing(bad), 401, "unauthenticated")).detail);
    }
    expect(details.size).toBe(1);
    await expectProblem(await refreshing("x".repeat(1001)), 400, "invalid_request");
    await expectProblem(await shared.send("POST", "/api/v1/auth/refresh", { json: {} }), 400, "invalid_request");
  });

  it("a refresh token works nowhere else: not as a bearer token, not as a password, not at the token endpoint", async () => {
    const person = await signUp(shared);
    const { refreshToken } = await signIn(person);
    for (const as of [{ bearer: refreshToken }, { basic: [person.handle, refreshToken] as const }]) {
      await expectProblem(await shared.send("GET", "/api/v1/auth/me", { as }), 401, "unauthenticated");
      await expectOciError(await shared.send("GET", "/v2/", { as }), 401, "UNAUTHORIZED");
    }
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }).toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await shared.send("POST", "/v2/token", { body: form, headers });
    expect(answer.status).toBe(401);
    await refresh(refreshToken);
  });
});

describe("a session that was ended", () => {
  it("does nothing any more: no publish, no key, no registry token, no look at the account, with none of its tokens", async () => {
    const person = await signUp(shared);
    const session = await signIn(person);
    const repository = new Repository(shared, `users/${person.handle}/thing`, { bearer: session.token });
    const manifest = await gatiModule(repository, "1.0.0");
    const push = `repository:${repository.name}:push,pull`;
    const bought = await registryToken(shared, [push], { bearer: session.token });
    const inVain = new Repository(shared, repository.name, bought);
    await shared.read("DELETE", "/api/v1/auth/sessions", { as: person.session });

    await expectProblem(await putVersion(repository, "1.0.0", manifest), 401, "unauthenticated");
    await expectProblem(
      await shared.send("POST", "/api/v1/auth/keys", {
        as: { bearer: session.token },
        json: { name: "late", scopes: ["read"] },
      }),
      401,
      "unauthenticated",
    );
    for (const path of ["/api/v1/account", "/api/v1/auth/me", "/api/v1/auth/sessions", "/api/v1/auth/keys"]) {
      await expectProblem(await shared.send("GET", path, { as: { bearer: session.token } }), 401, "unauthenticated");
    }
    const token = await shared.send("GET", `/v2/token?scope=${push}`, { as: { bearer: session.token } });
    await expectOciError(token, 401, "UNAUTHORIZED");
    const upload = await shared.send("POST", `/v2/${inVain.name}/blobs/uploads/`, { as: bought });
    await expectOciError(upload, 401, "UNAUTHORIZED");
    // An API key that the session made is a credential of its own.
    expect((await shared.send("GET", "/api/v1/auth/me", { as: person.session })).status).toBe(200);
  });

  it("reads nothing private any more, at once where it was ended", async () => {
    const person = await signUp(shared);
    const session = await signIn(person);
    const path = `/api/v1/namespaces/users/${person.handle}`;
    const as = { bearer: session.token };
    await shared.read("PATCH", path, { as: person.session, json: { visibility: "private" } });
    expect((await shared.send("GET", path, { as })).status).toBe(200);
    expect((await shared.send("POST", "/api/v1/auth/sign-out", { as, json: {} })).status).toBe(204);
    await expectProblem(await shared.send("GET", path, { as }), 401, "unauthenticated");
  });
});

describe("one's sessions", () => {
  it("are listed with what is known of them, are ended one by one, and are nobody else's business", async () => {
    const person = await signUp(shared);
    const phone = await signIn(person, "phone/1.0");
    const laptop = await signIn(person, "laptop/2.0");
    const listed = await sessions(laptop);
    expect(listed.map(({ agent, current }) => [agent, current])).toEqual(
      expect.arrayContaining([
        ["laptop/2.0", true],
        ["phone/1.0", false],
      ]),
    );
    const { id } = listed.find(({ agent }) => agent === "phone/1.0")!;
    const end = (as: Person["session"]) => shared.send("DELETE", `/api/v1/auth/sessions/${id}`, { as });
    await expectProblem(await end((await signUp(shared)).session), 404, "name_unknown");
    expect((await end({ bearer: laptop.token })).status).toBe(204);
    await expectProblem(await end({ bearer: laptop.token }), 404, "name_unknown");
    await expectProblem(await me(phone), 401, "unauthenticated");
    expect((await sessions(laptop)).map((one) => one.id)).not.toContain(id);
  });

  it("need the scope admin, and say nothing that would let anybody in", async () => {
    const person = await signUp(shared);
    for (const scope of ["read", "publish"] as const) {
      const { as } = await makeKey(shared, person, [scope]);
      for (const [method, path] of [
        ["GET", "/api/v1/auth/sessions"],
        ["DELETE", "/api/v1/auth/sessions"],
        ["DELETE", "/api/v1/auth/sessions/x"],
        ["GET", "/api/v1/account"],
        ["GET", "/api/v1/account/export"],
      ] as const) {
        await expectProblem(await shared.send(method, path, { as }), 403, "insufficient_scope");
      }
    }
    const session = await signIn(person);
    const text = JSON.stringify(await sessions(session));
    expect(text).not.toMatch(/gati_|hash/i);
  });

  it("signing out works by the refresh token alone, and again", async () => {
    const session = await signIn(await signUp(shared));
    const signOut = () =>
      shared.send("POST", "/api/v1/auth/sign-out", { json: { refreshToken: session.refreshToken } });
    expect([(await signOut()).status, (await signOut()).status]).toEqual([204, 204]);
    await expectProblem(await me(session), 401, "unauthenticated");
    await expectProblem(await shared.send("POST", "/api/v1/auth/sign-out", { json: {} }), 401, "unauthenticated");
  });
});

it("the keys of tokens are public, for five minutes, and only their public parts", async () => {
  const response = await shared.send("GET", "/.well-known/jwks.json");
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("public, max-age=300");
  expect(response.headers.get("content-type")).toContain("application/json");
  const { keys } = (await response.json()) as { keys: Record<string, string>[] };
  expect(keys).toEqual([
    { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: expect.any(String), x: expect.any(String) },
  ]);
  const { token } = await signIn(await signUp(shared));
  const header = JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()) as Record<string, string>;
  expect(header).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: keys[0]!["kid"] });
});
