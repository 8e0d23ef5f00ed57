import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { type Person, signUp } from "../support/people.ts";
import { digestOf, Repository } from "../support/repository.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

const malformed = [
  "busybox",
  "library/busybox",
  "users/krishna",
  "users/krishna/a/b",
  "teams/krishna/repo",
  "users/Krishna/repo",
  "users/krishna/Repo",
  "users/krishna/-repo",
  "users/krishna/repo-",
  "users/krishna/re..po",
  "users/krishna/..%2f..",
  "users/..%2f/x",
  "users/krishna/%00",
  "users/krishna/re po",
  `users/krishna/${"a".repeat(129)}`,
  `users/${"a".repeat(40)}/repo`,
  "users/kri--shna/repo",
];

describe("a name that no repository here can have is 400 NAME_INVALID", () => {
  it.each(malformed)("%s", async (name) => {
    const path = `/v2/${encodeURI(name).replaceAll("%25", "%")}`;
    await expectOciError(await shared.send("GET", `${path}/tags/list`, { as: owner.session }), 400, "NAME_INVALID");
    await expectOciError(
      await shared.send("GET", `${path}/manifests/latest`, { as: owner.session }),
      400,
      "NAME_INVALID",
    );
    await expectOciError(
      await shared.send("GET", `${path}/blobs/${digestOf("x")}`, { as: owner.session }),
      400,
      "NAME_INVALID",
    );
    await expectOciError(
      await shared.send("POST", `${path}/blobs/uploads/`, { as: owner.session }),
      400,
      "NAME_INVALID",
    );
  });
});

describe("names that are legal", () => {
  it.each(["a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "uploads", "manifests", "blobs", "tags", "a".repeat(128)])(
    "%s works from push to pull",
    async (name) => {
      const repository = new Repository(shared, `users/${owner.handle}/${name}`, owner.session);
      const { digest } = await repository.pushImage("1.0.0");
      expect((await repository.send("HEAD", "manifests/1.0.0")).headers.get("docker-content-digest")).toBe(digest);
      expect(await repository.tags()).toEqual(["1.0.0", "latest"]);
    },
  );
});

describe("endpoints", () => {
  it("/v2/ with a credential is 200, as after docker login", async () => {
    const response = await shared.send("GET", "/v2/", { as: owner.session });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  });

  it.each([
    ["POST", "manifests/latest"],
    ["PATCH", "manifests/latest"],
    ["PUT", `blobs/${digestOf("x")}`],
    ["POST", "tags/list"],
    ["DELETE", "tags/list"],
    ["GET", "nothing/here"],
  ])("%s %s is 405 UNSUPPORTED", async (method, rest) => {
    const repository = new Repository(shared, `users/${owner.handle}/any`, owner.session);
    await expectOciError(await repository.send(method, rest), 405, "UNSUPPORTED");
  });

  it("errors carry the API version and a request id", async () => {
    const headers = { "X-Request-Id": "test.request-0001" };
    const response = await shared.send("GET", "/v2/nonsense/tags/list", { as: owner.session, headers });
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    const error = await expectOciError(response, 400, "NAME_INVALID");
    expect(error.detail.requestId).toBe("test.request-0001");
  });
});
