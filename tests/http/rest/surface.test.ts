import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { type Person, signUp } from "../support/people.ts";

let person: Person;
beforeAll(async () => {
  person = await signUp(shared);
});

const json = { "Content-Type": "application/json" };
const post = (path: string, body: string, headers = json) =>
  shared.send("POST", path, { as: person.session, body, headers });

describe("every answer", () => {
  it.each(["/health", "/api/v1/artifacts", "/api/v1/nothing", "/v2/", "/nowhere", "/"])(
    "of %s has a request id and Server-Timing",
    async (path) => {
      const response = await shared.send("GET", path);
      expect(response.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9._-]{8,64}$/);
      expect(response.headers.get("server-timing")).toMatch(/(^|, )total;dur=\d+(\.\d+)?$/);
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    },
  );

  it("keeps the caller's request id when it has a decent form, and makes its own otherwise", async () => {
    const ask = async (id: string) =>
      (await shared.send("GET", "/health", { headers: { "X-Request-Id": id } })).headers.get("x-request-id");
    expect(await ask("my-request.42_x")).toBe("my-request.42_x");
    for (const bad of ["short", "x".repeat(65), "has space here", '"quoted-id"']) expect(await ask(bad)).not.toBe(bad);
    expect(await ask("")).not.toBe(await ask(""));
  });
});

describe("health", () => {
  it("/health says that the process answers and which version it is", async () => {
    const response = await shared.send("GET", "/health");
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await response.json()).toEqual({ status: "ok", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it("/ready says that each part answers and how fast", async () => {
    const response = await shared.send("GET", "/ready");
    const part = { ok: true, ms: expect.any(Number) };
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await response.json()).toEqual({ status: "ready", checks: { d1: part, blobs: part, objects: part } });
  });
});

describe("a JSON body that is faulty is 400 invalid_request", () => {
  const paths = ["/api/v1/auth/sign-in", "/api/v1/auth/sign-up", "/api/v1/auth/keys", "/api/v1/orgs"];
  it.each(paths)("cut off, empty or no JSON at all, sent to %s", async (path) => {
    for (const body of ["{", '{"handle":', "", "nonsense", '{"handle":"x",}']) {
      await expectProblem(await post(path, body), 400, "invalid_request");
    }
  });

  it.each(paths)("of another shape, sent to %s, names the fields", async (path) => {
    for (const body of ["null", "[]", "7", '"text"', '{"handle":7,"name":7}', "{}"]) {
      const problem = await expectProblem(await post(path, body), 400, "invalid_request");
      expect(problem.details["issues"]).toEqual(
        expect.arrayContaining([{ field: expect.any(String), problem: expect.any(String) }]),
      );
    }
  });

  it("sent as something else than JSON", async () => {
    const body = JSON.stringify({ handle: person.handle, password: person.password });
    await expectProblem(
      await post("/api/v1/auth/sign-in", body, { "Content-Type": "text/plain" }),
      400,
      "invalid_request",
    );
    await expectProblem(
      await post("/api/v1/auth/sign-in", "handle=x&password=y", {
        "Content-Type": "application/x-www-form-urlencoded",
      }),
      400,
      "invalid_request",
    );
  });

  it("that is not UTF-8 does not upset the registry", async () => {
    const body = Buffer.concat([
      Buffer.from('{"handle":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('","password":"a long enough one"}'),
    ]);
    const response = await shared.send("POST", "/api/v1/auth/sign-up", { body: new Uint8Array(body), headers: json });
    await expectProblem(response, 400, "name_invalid");
  });
});

describe("a JSON body that is far too large is 413 payload_too_large", () => {
  it.each(["/api/v1/auth/sign-in", "/api/v1/auth/keys", "/api/v1/orgs"])(
    "sent to %s, with and without a length",
    async (path) => {
      const body = JSON.stringify({ handle: "x".repeat(2_000_000), password: "y" });
      await expectProblem(await post(path, body), 413, "payload_too_large");
      async function* pieces() {
        for (let at = 0; at < body.length; at += 65_536) yield Buffer.from(body.slice(at, at + 65_536));
      }
      const streamed = await shared.send("POST", path, { as: person.session, body: pieces(), headers: json });
      await expectProblem(streamed, 413, "payload_too_large");
    },
  );
});

describe("what is not there", () => {
  it.each(["/api/v1/nothing", "/api/v1/", "/nowhere", "/v1/artifacts/x", "/api/modules"])(
    "%s is a 404 problem",
    async (path) => {
      await expectProblem(
        await shared.send("GET", path, { headers: { Accept: "application/json" } }),
        404,
        "name_unknown",
      );
    },
  );

  it.each([
    ["DELETE", "/api/v1/artifacts", "GET"],
    ["GET", "/api/v1/auth/sign-in", "POST"],
    ["PATCH", "/api/v1/auth/keys", "GET, POST"],
    ["POST", "/api/v1/artifacts/users/a/b", "GET, PATCH"],
    ["POST", "/api/v1/artifacts/users/a/b/versions/1.0.0", "DELETE, GET, PUT"],
  ])("%s %s is 405 unsupported and Allow names %s", async (method, path, allow) => {
    const response = await shared.send(method, path, { as: person.session });
    expect(response.headers.get("allow")).toBe(allow);
    await expectProblem(response, 405, "unsupported");
  });
});

describe("the list of artifacts", () => {
  it.each(["limit=0", "limit=101", "limit=x", "limit=1.5", "cursor=nonsense", "cursor=1.2"])(
    "with %s is 400",
    async (query) => {
      await expectProblem(await shared.send("GET", `/api/v1/artifacts?${query}`), 400, "invalid_request");
    },
  );
});
