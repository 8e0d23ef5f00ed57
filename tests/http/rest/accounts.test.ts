import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { type Person, signUp, unique } from "../support/people.ts";

let person: Person;
beforeAll(async () => {
  person = await signUp(shared);
});

const signingUp = (json: unknown) => shared.send("POST", "/api/v1/auth/sign-up", { json });
const signingIn = (json: unknown) => shared.send("POST", "/api/v1/auth/sign-in", { json });
const password = "a long enough passphrase";
/** What every sign-in answers beside the account. */
const opened = {
  token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  expiresIn: 900,
  refreshToken: expect.stringMatching(/^gati_rt_[0-9A-Za-z]{49}$/),
  refreshExpiresIn: 30 * 24 * 3600,
};

describe("signing up", () => {
  it("answers the account and a session that works at once", async () => {
    const handle = unique("user");
    const response = await signingUp({ handle, password, email: "someone@example.org" });
    expect(response.status).toBe(201);
    const body = (await response.json()) as { token: string };
    expect(body).toEqual({ ...opened, user: { id: expect.any(String), handle, operator: false } });
    expect(response.headers.get("cache-control")).toBe("no-store");
    const me = await shared.read("GET", "/api/v1/auth/me", { as: { bearer: body.token } });
    expect(me).toMatchObject({ user: { handle }, namespaces: [{ namespace: `users/${handle}`, role: "owner" }] });
  });

  it("with a handle that is taken is 409 name_taken", async () => {
    await expectProblem(await signingUp({ handle: person.handle, password }), 409, "name_taken");
  });

  it.each(["admin", "users", "orgs", "v2", "gati", "www"])(
    "with the reserved handle %s is 409 name_taken",
    async (handle) => {
      await expectProblem(await signingUp({ handle, password }), 409, "name_taken");
    },
  );

  it.each(["", "-a", "a-", "a--b", "A", "a_b", "a.b", "a/b", "ä", "a".repeat(40), "a b"])(
    "with the handle %j is 400 name_invalid",
    async (handle) => {
      await expectProblem(await signingUp({ handle, password }), 400, "name_invalid");
    },
  );

  it.each(["", "short", "ninechars", "x".repeat(513)])("with the password %j is 400 invalid_request", async (bad) => {
    await expectProblem(await signingUp({ handle: unique("user"), password: bad }), 400, "invalid_request");
  });

  it("with an address that is none is 400 and names the field", async () => {
    const problem = await expectProblem(
      await signingUp({ handle: unique("user"), password, email: "nobody" }),
      400,
      "invalid_request",
    );
    expect(problem.details["issues"]).toEqual([{ field: "email", problem: expect.any(String) }]);
  });
});

describe("signing in", () => {
  it("answers a session of the account", async () => {
    const response = await signingIn({ handle: person.handle, password: person.password });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      ...opened,
      user: { id: person.id, handle: person.handle, operator: false },
    });
  });

  it("answers a wrong password and an unknown handle in the very same words", async () => {
    const wrong = await expectProblem(
      await signingIn({ handle: person.handle, password: "not the password" }),
      401,
      "unauthenticated",
    );
    for (const handle of [unique("nobody"), "Not A Handle", "admin"]) {
      const unknown = await expectProblem(
        await signingIn({ handle, password: "not the password" }),
        401,
        "unauthenticated",
      );
      expect(unknown.detail).toBe(wrong.detail);
    }
  });

  it("takes a password in either Unicode form", async () => {
    const handle = unique("user");
    await signingUp({ handle, password: "motörhead forever" });
    expect((await signingIn({ handle, password: "motörhead forever".normalize("NFD") })).status).toBe(200);
  });

  it("never turns an API key into a session", async () => {
    const { key } = await shared.read<{ key: string }>("POST", "/api/v1/auth/keys", {
      as: person.session,
      json: { name: "narrow", scopes: ["read"] },
    });
    await expectProblem(await signingIn({ handle: person.handle, password: key }), 401, "unauthenticated");
  });
});

describe("who am I", () => {
  it("describes a session and a password", async () => {
    const session = await shared.read("GET", "/api/v1/auth/me", { as: person.session });
    expect(session).toEqual({
      user: { id: person.id, handle: person.handle, operator: false },
      credential: { kind: "session", scopes: ["admin"], expiresAt: expect.any(String), reach: null, networks: null },
      namespaces: [{ namespace: `users/${person.handle}`, role: "owner" }],
    });
    const basic = await shared.read("GET", "/api/v1/auth/me", { as: { basic: [person.handle, person.password] } });
    expect(basic).toMatchObject({ credential: { kind: "password", expiresAt: null } });
  });

  it("is 401 with a challenge for strangers and for every credential that is not right", async () => {
    const attempts = [
      "",
      "Bearer nonsense",
      "Bearer a.b.c",
      "Basic !!!",
      "Digest x",
      "Bearer",
      `Basic ${Buffer.from("x:y").toString("base64")}`,
    ];
    for (const authorization of attempts) {
      const response = await shared.send(
        "GET",
        "/api/v1/auth/me",
        authorization ? { headers: { Authorization: authorization } } : {},
      );
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="gati"');
      await expectProblem(response, 401, "unauthenticated");
    }
  });

  it("a wrong credential is an error even where strangers may read", async () => {
    await expectProblem(
      await shared.send("GET", "/api/v1/artifacts", { as: { bearer: "nonsense" } }),
      401,
      "unauthenticated",
    );
  });
});

describe("setup", () => {
  it("is closed to whoever does not have the setup token", async () => {
    const json = { handle: unique("evil"), password };
    await expectProblem(await shared.send("POST", "/api/v1/setup", { json }), 401, "unauthenticated");
    await expectProblem(
      await shared.send("POST", "/api/v1/setup", { json, as: { bearer: "guess" } }),
      401,
      "unauthenticated",
    );
    await expectProblem(
      await shared.send("POST", "/api/v1/setup", { json, as: person.session }),
      401,
      "unauthenticated",
    );
  });
});
