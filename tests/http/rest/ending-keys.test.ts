import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { type Key, makeKey, type Person, registryToken, setVisibility, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let ann: Person;
let repository: Repository;
beforeAll(async () => {
  ann = await signUp(shared);
  repository = Repository.fresh(shared, ann);
  await repository.pushManifest(await repository.imageManifest(), "edge");
  await setVisibility(shared, ann.session, `/api/v1/artifacts/${repository.name}`, "private");
});

const works = async (key: string) =>
  (await shared.send("GET", "/api/v1/auth/me", { as: { bearer: key } })).status === 200;
const bought = (as: Credential) => registryToken(shared, [`repository:${repository.name}:pull,push`], as);
const rotate = (id: string, json: object = {}) =>
  shared.read<{ key: string; previousUntil: string }>("POST", `/api/v1/auth/keys/${id}/rotate`, {
    as: ann.session,
    json,
  });
const leak = (...keys: string[]) =>
  shared.read<{ revoked: boolean[] }>("POST", "/api/v1/auth/leaked-keys", { json: { keys } });

/** What a registry token still does: pull something private, push a manifest, begin an upload, go on with one. */
async function rights(token: Credential, upload: string): Promise<string[]> {
  const mine = repository.seenBy(token);
  const done: string[] = [];
  if ((await mine.head("manifests/edge")) === 200) done.push("pull");
  const image = await repository.imageManifest();
  if ((await mine.putManifest("edge", image)).status === 201) done.push("push");
  if ((await mine.send("POST", "blobs/uploads/")).status === 202) done.push("begin an upload");
  const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  if ((await shared.send("PUT", `${upload}?digest=${digest}`, { as: token })).status === 201)
    done.push("finish an upload");
  return done;
}

const everything = ["pull", "push", "begin an upload", "finish an upload"];

async function beginUpload(token: Credential): Promise<string> {
  return (await repository.seenBy(token).send("POST", "blobs/uploads/")).headers.get("location") ?? "";
}

describe("a registry token that was bought with a key", () => {
  const endings: Record<string, (key: Key) => Promise<unknown>> = {
    "is revoked": ({ id }) => shared.send("DELETE", `/api/v1/auth/keys/${id}`, { as: ann.session }),
    "is rotated without grace": ({ id }) => rotate(id),
    "is rotated twice": async ({ id }) => {
      await rotate(id, { graceSeconds: 600 });
      await rotate(id, { graceSeconds: 600 });
    },
    "is reported as leaked": ({ key }) => leak(key),
    "revokes itself": ({ id, as }) => shared.send("DELETE", `/api/v1/auth/keys/${id}`, { as }),
  };

  it("the control: does all of it while the key is good, and while a rotated one has its grace", async () => {
    const key = await makeKey(shared, ann, ["publish"]);
    const token = await bought(key.as);
    expect(await rights(token, await beginUpload(token))).toEqual(everything);
    await rotate(key.id, { graceSeconds: 600 });
    expect(await rights(token, await beginUpload(token))).toEqual(everything);
  });

  it.each(Object.keys(endings))("does nothing any more as soon as the key %s", async (ending) => {
    const key = await makeKey(shared, ann, ["publish"]);
    const token = await bought(key.as);
    const upload = await beginUpload(token);
    await (endings[ending] as (key: Key) => Promise<unknown>)(key);
    expect(await works(key.key)).toBe(false);
    expect(await rights(token, upload)).toEqual([]);
    const { repositories } = await shared.read<{ repositories: string[] }>(
      "GET",
      `/v2/_catalog?n=5&last=${encodeURIComponent(`users/${ann.handle}/`)}`,
      { as: await registryToken(shared, ["registry:catalog:*"]) },
    );
    expect(repositories).not.toContain(repository.name);
  });

  it("does not list what is private any more once the key has ended", async () => {
    const key = await makeKey(shared, ann, ["read"]);
    const as = await registryToken(shared, ["registry:catalog:*"], key.as);
    const listed = async () =>
      (
        await shared.read<{ repositories: string[] }>(
          "GET",
          `/v2/_catalog?n=5&last=${encodeURIComponent(`users/${ann.handle}/`)}`,
          { as },
        )
      ).repositories.includes(repository.name);
    expect(await listed()).toBe(true);
    await leak(key.key);
    expect(await listed()).toBe(false);
  });
});

describe("a rotation", () => {
  it("answers a new secret under the same id, and the old one ends at once", async () => {
    const { id, key } = await makeKey(shared, ann, ["read"], { expiresInDays: 30 });
    const rotated = await rotate(id);
    expect(rotated).toMatchObject({ id, scopes: ["read"], expiresAt: expect.any(String) });
    expect(rotated.key).not.toBe(key);
    expect([await works(key), await works(rotated.key)]).toEqual([false, true]);
  });

  it("with grace leaves the old one good until then, and only the newest two", async () => {
    const { id, key } = await makeKey(shared, ann, ["read"]);
    const second = await rotate(id, { graceSeconds: 3600 });
    expect(Date.parse(second.previousUntil) - Date.now()).toBeGreaterThan(3_500_000);
    expect([await works(key), await works(second.key)]).toEqual([true, true]);
    const third = await rotate(id, { graceSeconds: 3600 });
    expect([await works(key), await works(second.key), await works(third.key)]).toEqual([false, true, true]);
    const fourth = await rotate(id, { graceSeconds: 0 });
    expect([await works(second.key), await works(third.key), await works(fourth.key)]).toEqual([false, false, true]);
  });

  it("ends a secret when its grace is over", async () => {
    const { id, key } = await makeKey(shared, ann, ["read"]);
    await rotate(id, { graceSeconds: 1 });
    expect(await works(key)).toBe(true);
    await expect.poll(() => works(key), { timeout: 20_000 }).toBe(false);
  });

  it("that many ask for at once leaves one good secret", async () => {
    const { id } = await makeKey(shared, ann, ["read"]);
    const all = await Promise.all(Array.from({ length: 6 }, () => rotate(id)));
    const good = await Promise.all(all.map(({ key }) => works(key)));
    expect(good.filter(Boolean)).toHaveLength(1);
  });

  it.each([{ graceSeconds: -1 }, { graceSeconds: 604_801 }, { graceSeconds: "1" }])("refuses %j", async (json) => {
    const { id } = await makeKey(shared, ann, ["read"]);
    const response = await shared.send("POST", `/api/v1/auth/keys/${id}/rotate`, { as: ann.session, json });
    await expectProblem(response, 400, "invalid_request");
  });

  it("and a new name are for the key's owner, with the scope admin", async () => {
    const { id, as } = await makeKey(shared, ann, ["publish"]);
    const stranger = (await signUp(shared)).session;
    for (const [method, path, json] of [
      ["POST", `/api/v1/auth/keys/${id}/rotate`, {}],
      ["PATCH", `/api/v1/auth/keys/${id}`, { name: "taken over" }],
    ] as const) {
      await expectProblem(await shared.send(method, path, { as: stranger, json }), 404, "name_unknown");
      await expectProblem(await shared.send(method, path, { as, json }), 403, "insufficient_scope");
      await expectProblem(await shared.send(method, path, { json }), 401, "unauthenticated");
    }
    const renamed = await shared.read("PATCH", `/api/v1/auth/keys/${id}`, { as: ann.session, json: { name: " ci " } });
    expect(renamed).toMatchObject({ id, name: "ci" });
    expect(JSON.stringify(renamed)).not.toContain("gati_");
  });
});

describe("whoever finds a key", () => {
  it("ends it without a credential, and is told which of several were good", async () => {
    const [one, two] = [await makeKey(shared, ann, ["read"]), await makeKey(shared, ann, ["read"])];
    expect(await leak(one.key, `gati_${"0".repeat(36)}`, "not a key", two.key)).toEqual({
      revoked: [true, false, false, true],
    });
    expect([await works(one.key), await works(two.key)]).toEqual([false, false]);
    expect(await leak(one.key)).toEqual({ revoked: [false] });
  });

  it("ends it by its old secret too, while that is good", async () => {
    const { id, key } = await makeKey(shared, ann, ["read"]);
    const rotated = await rotate(id, { graceSeconds: 600 });
    expect(await leak(key)).toEqual({ revoked: [true] });
    expect(await works(rotated.key)).toBe(false);
  });

  it("does not end the new secret by one that ended with the rotation", async () => {
    const { id, key } = await makeKey(shared, ann, ["read"]);
    const rotated = await rotate(id);
    expect(await leak(key)).toEqual({ revoked: [false] });
    expect(await works(rotated.key)).toBe(true);
  });

  it.each([{ keys: [] }, { keys: "x" }, {}, { keys: Array.from({ length: 101 }, () => "x") }])(
    "sends a list: %j is 400",
    async (json) => {
      await expectProblem(await shared.send("POST", "/api/v1/auth/leaked-keys", { json }), 400, "invalid_request");
    },
  );
});
