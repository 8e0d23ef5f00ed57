import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { gatiModule, publishModule, putVersion, versionPath } from "../support/modules.ts";
import {
  makeKey,
  makeOrganization,
  type Person,
  registryToken,
  setVisibility,
  signUp,
  unique,
} from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let ann: Person;
let organization: string;
/** Two private artifacts of Ann's own namespace, one public one, and a private one of her organisation. */
let near: Repository;
let far: Repository;
let open: Repository;
let owned: Repository;

beforeAll(async () => {
  ann = await signUp(shared);
  organization = await makeOrganization(shared, ann);
  const make = async (namespace: string, name: string, visibility: "public" | "private") => {
    const repository = new Repository(shared, `${namespace}/${name}`, ann.session);
    await publishModule(repository, "1.0.0");
    await repository.pushManifest(await repository.imageManifest(), "edge");
    await setVisibility(shared, ann.session, `/api/v1/artifacts/${repository.name}`, visibility);
    return repository;
  };
  near = await make(`users/${ann.handle}`, "near", "private");
  far = await make(`users/${ann.handle}`, "far", "private");
  open = await make(`users/${ann.handle}`, "open", "public");
  owned = await make(`orgs/${organization}`, "near", "private");
}, 120_000);

const keyFor = async (reach: readonly string[], scope: "read" | "publish" | "admin" = "admin") =>
  (await makeKey(shared, ann, [scope], { reach })).as;
const reads = async (as: Credential, repository: Repository) =>
  (await shared.send("GET", versionPath(repository, "1.0.0"), { as })).status;
async function publishes(as: Credential, repository: Repository): Promise<number> {
  const version = `1.0.${Math.floor(Math.random() * 1e9)}`;
  return (await putVersion(repository.seenBy(as), version, await gatiModule(repository, version))).status;
}

describe("a key that is narrowed", () => {
  it("to an artifact reads and publishes that one, and comes to everything else as a stranger", async () => {
    const as = await keyFor([near.name]);
    expect([await reads(as, near), await publishes(as, near)]).toEqual([200, 201]);
    expect([await reads(as, far), await publishes(as, far)]).toEqual([404, 403]);
    expect([await reads(as, owned), await publishes(as, owned)]).toEqual([404, 403]);
    expect([await reads(as, open), await publishes(as, open)]).toEqual([200, 403]);
  });

  it("to a namespace has all of its artifacts, and those that come later", async () => {
    const as = await keyFor([`users/${ann.handle}`]);
    for (const one of [near, far, open]) expect([await reads(as, one), await publishes(as, one)]).toEqual([200, 201]);
    expect([await reads(as, owned), await publishes(as, owned)]).toEqual([404, 403]);
    expect(await publishes(as, new Repository(shared, `users/${ann.handle}/${unique("new")}`, ann.session))).toBe(201);
  });

  it("to something whose name begins another's does not reach the other", async () => {
    const longer = new Repository(shared, `${near.name}-too`, ann.session);
    await publishModule(longer, "1.0.0");
    await setVisibility(shared, ann.session, `/api/v1/artifacts/${longer.name}`, "private");
    expect(await reads(await keyFor([near.name]), longer)).toBe(404);
    const handle = await makeOrganization(shared, ann, `${organization}x`.slice(0, 39));
    const other = new Repository(shared, `orgs/${handle}/thing`, ann.session);
    await publishModule(other, "1.0.0");
    await setVisibility(shared, ann.session, `/api/v1/artifacts/${other.name}`, "private");
    expect(await reads(await keyFor([`orgs/${organization}`]), other)).toBe(404);
  });

  it("to what its user may not reach reaches nothing more", async () => {
    const bob = await signUp(shared);
    const { as } = await makeKey(shared, bob, ["admin"], { reach: [near.name, `users/${ann.handle}`] });
    expect([await reads(as, near), await publishes(as, near)]).toEqual([404, 403]);
  });

  it("gets the very answers that an outsider gets, for what is private and for what is not there", async () => {
    const outsider = (await signUp(shared)).session;
    const narrowed = await keyFor([near.name]);
    const nothing = new Repository(shared, `users/${ann.handle}/${unique("nothing")}`, ann.session);
    const paths = (repository: Repository) => [
      `/api/v1/artifacts/${repository.name}`,
      versionPath(repository, "1.0.0"),
      `/api/v1/artifacts/${repository.name}/versions`,
      `/v2/${repository.name}/manifests/edge`,
      `/v2/${repository.name}/tags/list`,
    ];
    const answer = async (as: Credential, path: string, name: string) => {
      const response = await shared.send("GET", path, { as });
      const text = (await response.text()).replaceAll(name, "X").replaceAll(/"(?:requestId|timestamp)":"[^"]*"/g, "");
      return [response.status, text];
    };
    for (const [at, path] of paths(far).entries()) {
      const seen = await answer(narrowed, path, far.name);
      expect(seen).toEqual(await answer(outsider, path, far.name));
      expect(seen).toEqual(await answer(narrowed, paths(nothing)[at] as string, nothing.name));
    }
  });

  it("lists only what it reaches of what is private, by REST and in the catalog", async () => {
    const as = await keyFor([near.name]);
    const { artifacts } = await shared.read<{ artifacts: { repository: string }[] }>(
      "GET",
      `/api/v1/artifacts?handle=${ann.handle}&limit=100`,
      { as },
    );
    const listed = artifacts.map(({ repository }) => repository);
    expect(listed).toContain(near.name);
    expect(listed).toContain(open.name);
    expect(listed).not.toContain(far.name);
    for (const credential of [as, await registryToken(shared, ["registry:catalog:*"], as)]) {
      const after = encodeURIComponent(`users/${ann.handle}/`);
      const { repositories } = await shared.read<{ repositories: string[] }>("GET", `/v2/_catalog?last=${after}&n=5`, {
        as: credential,
      });
      expect(repositories).toContain(near.name);
      expect(repositories).not.toContain(far.name);
    }
  });

  it("buys only tokens that are as narrow", async () => {
    const as = await keyFor([near.name], "publish");
    const scopes = [near, far, owned].map(({ name }) => `repository:${name}:pull,push`);
    const token = await registryToken(shared, scopes, as);
    expect(await near.seenBy(token).head("manifests/edge")).toBe(200);
    for (const one of [far, owned]) {
      expect(await one.seenBy(token).head("manifests/edge")).toBe(404);
      expect((await one.seenBy(token).send("POST", "blobs/uploads/")).status).toBe(403);
    }
  });

  it("mounts nothing out of what it does not reach", async () => {
    const token = await registryToken(
      shared,
      [`repository:${near.name}:pull,push`, `repository:${far.name}:pull`],
      await keyFor([near.name]),
    );
    const { digest } = await far.pushBlob(new TextEncoder().encode(unique("secret")));
    const mount = (as: Credential) =>
      near.seenBy(as).send("POST", `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(far.name)}`);
    expect((await mount(token)).status).toBe(202);
    expect((await mount(ann.session)).status).toBe(201);
  });

  it("does nothing that concerns the whole account, even with the scope admin", async () => {
    const as = await keyFor([`users/${ann.handle}`]);
    const id = (await makeKey(shared, ann, ["read"])).id;
    const calls: [string, string, unknown?][] = [
      ["POST", "/api/v1/auth/keys", { name: "wide", scopes: ["admin"] }],
      ["GET", "/api/v1/auth/keys"],
      ["PATCH", `/api/v1/auth/keys/${id}`, { name: "mine" }],
      ["POST", `/api/v1/auth/keys/${id}/rotate`, {}],
      ["DELETE", `/api/v1/auth/keys/${id}`],
      ["POST", "/api/v1/orgs", { handle: unique("org") }],
      ["POST", "/api/v1/admin/gc", {}],
    ];
    for (const [method, path, json] of calls)
      await expectProblem(await shared.send(method, path, { as, json }), 403, "insufficient_scope");
  });

  it("manages what it reaches with the scope admin, and nothing above it", async () => {
    const one = await keyFor([open.name]);
    const whole = await keyFor([`users/${ann.handle}`]);
    const visible = (as: Credential, path: string) =>
      shared.send("PATCH", path, { as, json: { visibility: "public" } }).then(({ status }) => status);
    expect(await visible(one, `/api/v1/artifacts/${open.name}`)).toBe(200);
    expect(await visible(one, `/api/v1/artifacts/${near.name}`)).toBe(403);
    expect(await visible(one, `/api/v1/namespaces/users/${ann.handle}`)).toBe(403);
    expect(await visible(whole, `/api/v1/namespaces/users/${ann.handle}`)).toBe(200);
    expect(await visible(whole, `/api/v1/namespaces/orgs/${organization}`)).toBe(403);
    expect((await shared.send("GET", `/api/v1/namespaces/users/${ann.handle}/members`, { as: one })).status).toBe(403);
  });

  it("says what it is for, and only its own namespaces", async () => {
    const as = await keyFor([near.name, `orgs/${organization}`, near.name]);
    expect(await shared.read("GET", "/api/v1/auth/me", { as })).toMatchObject({
      credential: { reach: [near.name, `orgs/${organization}`], networks: null },
      namespaces: [{ namespace: `orgs/${organization}`, role: "owner" }],
    });
  });

  it.each([["ann"], ["users/"], ["users/UPPER"], ["teams/x"], ["users/x/y/z"], ["users/x/../y"], ["*"]])(
    "cannot be made for %j",
    async (place) => {
      const json = { name: "x", scopes: ["read"], reach: [place] };
      await expectProblem(
        await shared.send("POST", "/api/v1/auth/keys", { as: ann.session, json }),
        400,
        "name_invalid",
      );
    },
  );
});
