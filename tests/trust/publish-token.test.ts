import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "../harness/api.ts";
import { expectOciError, expectProblem } from "../http/support/errors.ts";
import { gatiModule, publishModule, putVersion, versionPath } from "../http/support/modules.ts";
import {
  makeKey,
  makeOrganization,
  type Person,
  registryToken,
  setRole,
  setVisibility,
  unique,
} from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { audience, GithubProject, TrustScene } from "./scene.ts";

let scene: TrustScene;
let ann: Person;
let project: GithubProject;
let repository: Repository;
let rule: string;

beforeAll(async () => {
  scene = await TrustScene.start();
  ann = await scene.person();
}, 120_000);
afterAll(() => scene.stop());
beforeEach(async () => {
  project = new GithubProject();
  repository = new Repository(scene.api, `users/${ann.handle}/${unique("thing")}`, ann.session);
  rule = await scene.trust(ann.session, repository.name, project.rule);
});

const exchanged = async () => scene.exchanged(await project.token(scene));
const publish = async (as: Credential, version: string, target = repository) => {
  // The content is there already: whoever asks is judged by the publishing itself.
  const content = await gatiModule(target.seenBy(ann.session), version);
  return putVersion(target.seenBy(as), version, content);
};
const publishing = (as: Credential, name = repository.name) =>
  scene.api.read<{ trustedOnly: boolean; publishers: Record<string, unknown>[] }>(
    "GET",
    `/api/v1/artifacts/${name}/publishing`,
    { as },
  );
const removeRule = () =>
  scene.api.send("DELETE", `/api/v1/artifacts/${repository.name}/publishers/${rule}`, { as: ann.session });
const demand = (as: Credential, trustedOnly: boolean) =>
  scene.api.send("PATCH", `/api/v1/artifacts/${repository.name}/publishing`, { as, json: { trustedOnly } });

describe("a trusted publisher", () => {
  it("publishes the first version of an artifact that did not exist, and is named as its publisher", async () => {
    expect((await publishing(ann.session)).publishers).toMatchObject([
      { id: rule, pending: true, pins: null, lastUsedAt: null },
    ]);
    const mine = repository.seenBy((await exchanged()).as);
    expect((await putVersion(mine, "1.0.0", await gatiModule(mine, "1.0.0"))).status).toBe(201);
    expect(await scene.api.read("GET", versionPath(repository, "1.0.0"))).toMatchObject({
      publishedBy: `github:${project.owner}/${project.name}`,
    });
    expect((await publishing(ann.session)).publishers).toMatchObject([
      {
        id: rule,
        pending: false,
        pins: project.ids,
        lastUsedAt: expect.any(String),
        conditions: { workflow: "release.yml" },
      },
    ]);
    expect((await publish((await exchanged()).as, "1.0.1")).status).toBe(201);
  });

  it("is written into the log: repository, workflow and run", async () => {
    const { as } = await exchanged();
    await publish(as, "1.0.0");
    const source = `${project.owner}/${project.name}`;
    expect((await scene.events(ann)).findLast(({ command }) => command === "manifest.publish")).toMatchObject({
      userId: `github:${source}`,
      publisher: {
        issuer: scene.github.url,
        source,
        workflow: "release.yml",
        run: "4242",
        revision: expect.any(String),
      },
    });
    const { [0]: line } = await vi.waitFor(() => {
      const found = scene.log.filter((one) => one["repository"] === repository.name && one["run"] === "4242");
      expect(found).not.toEqual([]);
      return found;
    });
    expect(line).toMatchObject({ event: "artifact.published", user: `github:${source}` });
  });

  it("says who it is", async () => {
    const { as } = await exchanged();
    expect(await scene.api.read("GET", "/api/v1/auth/me", { as })).toMatchObject({
      user: { handle: `github:${project.owner}/${project.name}`, operator: false },
      credential: { kind: "trusted-publisher", scopes: ["publish"], reach: [repository.name] },
      publisher: { provider: "github", issuer: scene.github.url, workflow: "release.yml", run: "4242" },
      namespaces: [],
    });
  });

  it("pushes images with an ordinary client's sign-in, and nowhere else", async () => {
    const { token } = await exchanged();
    const basic = { basic: ["__token__", token] as const };
    const bearer = await registryToken(scene.api, [`repository:${repository.name}:pull,push`], basic);
    const mine = repository.seenBy(bearer);
    await mine.pushManifest(await mine.imageManifest(), "1.0.0");
    const other = `users/${ann.handle}/${unique("other")}`;
    const wide = await registryToken(scene.api, [`repository:${other}:pull,push`], basic);
    await expectOciError(await new Repository(scene.api, other, wide).send("POST", "blobs/uploads/"), 403, "DENIED");
  });

  it("of several artifacts gets one token for all of them, and for no other", async () => {
    const second = `${repository.name}-too`;
    await scene.trust(ann.session, second, project.rule);
    await scene.trust(ann.session, `${repository.name}-else`, new GithubProject().rule);
    const { as, repositories } = await exchanged();
    expect(repositories.toSorted()).toEqual([repository.name, second].toSorted());
    expect((await publish(as, "1.0.0", new Repository(scene.api, second, as))).status).toBe(201);
    expect((await publish(as, "1.0.0", new Repository(scene.api, `${repository.name}-else`, as))).status).toBe(403);
  });

  it("of a GitLab project", async () => {
    const group = unique("group");
    const claims = {
      aud: audience,
      sub: `project_path:${group}/sub/app:ref_type:tag:ref:v1`,
      namespace_path: `${group}/sub`,
      namespace_id: "72",
      project_path: `${group}/sub/app`,
      project_id: "20",
      ci_config_ref_uri: `${new URL(scene.gitlab.url).host}/${group}/sub/app//.gitlab-ci.yml@refs/tags/v1`,
      ref_path: "refs/tags/v1",
      pipeline_id: "99",
    };
    await scene.trust(ann.session, repository.name, {
      provider: "gitlab",
      project: `${group}/sub/app`,
      ref: "refs/tags/v1",
    });
    const { as } = await scene.exchanged(await scene.gitlab.token(claims));
    expect((await publish(as, "1.0.0")).status).toBe(201);
    for (const change of [
      { ref_path: "refs/heads/v1" },
      { project_id: "21" },
      { namespace_id: "73" },
      { namespace_path: "elsewhere" },
      { ci_config_ref_uri: `gitlab.com/${group}/sub/app//.gitlab-ci.yml@refs/tags/v1` },
      { ci_config_ref_uri: `${new URL(scene.gitlab.url).host}/${group}/sub/app//evil.yml@refs/tags/v1` },
    ])
      await expectProblem(await scene.exchange(await scene.gitlab.token({ ...claims, ...change })), 403, "denied");
  });

  it("of any other issuer, by exact claims", async () => {
    const claims = { sub: unique("Machine"), team: "release", aud: audience };
    const wanted = { provider: "oidc", issuer: scene.other.url, claims: { sub: claims.sub, team: "release" } };
    await scene.trust(ann.session, repository.name, wanted);
    for (const change of [
      { team: "Release" },
      { team: ["release"] },
      { team: undefined },
      { sub: claims.sub.toLowerCase() },
    ])
      await expectProblem(await scene.exchange(await scene.other.token({ ...claims, ...change })), 403, "denied");
    const { as } = await scene.exchanged(await scene.other.token(claims));
    expect((await publish(as, "1.0.0")).status).toBe(201);
  });
});

describe("the token of a trusted publisher", () => {
  const attempts: Record<string, (as: Credential) => Promise<Response>> = {
    "publish another artifact": async (as) =>
      publish(as, "1.0.0", new Repository(scene.api, `users/${ann.handle}/${unique("other")}`, as)),
    "unpublish a version": (as) => scene.api.send("DELETE", versionPath(repository, "1.0.0"), { as }),
    "change visibility": (as) =>
      scene.api.send("PATCH", `/api/v1/artifacts/${repository.name}`, { as, json: { visibility: "private" } }),
    "make an API key": (as) =>
      scene.api.send("POST", "/api/v1/auth/keys", { as, json: { name: "k", scopes: ["read"] } }),
    "list API keys": (as) => scene.api.send("GET", "/api/v1/auth/keys", { as }),
    "make an organisation": (as) => scene.api.send("POST", "/api/v1/orgs", { as, json: { handle: unique("org") } }),
    "add a rule": (as) =>
      scene.api.send("POST", `/api/v1/artifacts/${repository.name}/publishers`, { as, json: new GithubProject().rule }),
    "read the rules": (as) => scene.api.send("GET", `/api/v1/artifacts/${repository.name}/publishing`, { as }),
    "remove a rule": (as) =>
      scene.api.send("DELETE", `/api/v1/artifacts/${repository.name}/publishers/${rule}`, { as }),
    "lift a demand": (as) => demand(as, false),
    "list members": (as) => scene.api.send("GET", `/api/v1/namespaces/users/${ann.handle}/members`, { as }),
    "use what operators use": (as) => scene.api.send("POST", "/api/v1/admin/gc", { as, json: {} }),
    "exchange itself": (as) => scene.exchange((as as { bearer: string }).bearer),
  };
  it.each(Object.keys(attempts))("does not %s", async (name) => {
    await publishModule(repository, "1.0.0");
    const { as } = await exchanged();
    const response = await (attempts[name] as (as: Credential) => Promise<Response>)(as);
    expect([401, 403, 404]).toContain(response.status);
    expect((await scene.api.send("GET", versionPath(repository, "1.0.0"))).status).toBe(200);
  });

  it("is not taken for a password, and a registry token of it buys nothing", async () => {
    const { token } = await exchanged();
    for (const basic of [
      [ann.handle, token],
      ["x", token],
    ] as const)
      expect((await scene.api.send("GET", "/v2/token", { as: { basic } })).status).toBe(401);
    const bought = await registryToken(scene.api, [`repository:${repository.name}:push`], {
      basic: ["__token__", token],
    });
    const { bearer } = bought as { bearer: string };
    expect((await scene.api.send("GET", "/v2/token", { as: bought })).status).toBe(401);
    expect((await scene.api.send("GET", "/v2/token", { as: { basic: ["__token__", bearer] } })).status).toBe(401);
    expect((await scene.api.send("GET", "/v2/token", { as: { basic: ["__token__", "x"] } })).status).toBe(401);
  });

  it("sees nothing private but its artifact", async () => {
    await publishModule(repository, "1.0.0");
    const other = new Repository(scene.api, `${repository.name}-private`, ann.session);
    await publishModule(other, "1.0.0");
    for (const name of [repository.name, other.name])
      await setVisibility(scene.api, ann.session, `/api/v1/artifacts/${name}`, "private");
    const { as } = await exchanged();
    expect((await scene.api.send("GET", versionPath(repository, "1.0.0"), { as })).status).toBe(200);
    const missing = await scene.api.send(
      "GET",
      versionPath({ ...other, name: `${other.name}-not` } as Repository, "1.0.0"),
      { as },
    );
    const hidden = await scene.api.send("GET", versionPath(other, "1.0.0"), { as });
    expect([hidden.status, missing.status]).toEqual([404, 404]);
  });

  it("ends at once when its rule is removed, and so do the registry tokens that it bought", async () => {
    const { as, token } = await exchanged();
    const bearer = await registryToken(scene.api, [`repository:${repository.name}:pull,push`], {
      basic: ["__token__", token],
    });
    const mine = repository.seenBy(bearer);
    const image = await mine.imageManifest();
    await mine.pushManifest(image, "1.0.0");
    expect((await removeRule()).status).toBe(204);
    expect((await publish(as, "1.0.1")).status).toBe(403);
    expect((await mine.putManifest("1.0.2", { ...image, annotations: { again: "1" } })).status).toBe(403);
    expect((await mine.send("POST", "blobs/uploads/")).status).toBe(403);
  });

  it("ends only for the artifact whose rule is removed", async () => {
    const second = new Repository(scene.api, `${repository.name}-too`, ann.session);
    await scene.trust(ann.session, second.name, project.rule);
    const { as } = await exchanged();
    await removeRule();
    expect((await publish(as, "1.0.0")).status).toBe(403);
    expect((await publish(as, "1.0.0", second)).status).toBe(201);
  });
});

it("nobody publishes for an account that was deleted", async () => {
  const gone = await scene.person();
  const own = new GithubProject();
  const target = new Repository(scene.api, `users/${gone.handle}/thing`, gone.session);
  await scene.trust(gone.session, target.name, own.rule);
  const { as } = await scene.exchanged(await own.token(scene));
  const content = await gatiModule(target, "1.0.0");
  const json = { password: gone.password };
  expect((await scene.api.send("DELETE", "/api/v1/account", { as: gone.session, json })).status).toBeLessThan(300);
  expect((await putVersion(target.seenBy(as), "1.0.0", content)).status).toBe(403);
  expect((await scene.exchange(await own.token(scene))).status).toBe(403);
});

describe("an artifact that demands trusted publishers", () => {
  it("takes no version from keys, sessions and passwords, until an admin lifts it", async () => {
    await publishModule(repository, "1.0.0");
    expect(await (await demand(ann.session, true)).json()).toMatchObject({ trustedOnly: true });
    const key = await makeKey(scene.api, ann, ["admin"]);
    for (const as of [ann.session, key.as]) {
      await expectProblem(await publish(as, "2.0.0"), 403, "denied");
      const pusher = repository.seenBy(await registryToken(scene.api, [`repository:${repository.name}:*`], as));
      const image = await pusher.imageManifest();
      for (const tag of ["2.0.0", "latest", "edge"])
        await expectOciError(await pusher.putManifest(tag, image), 403, "DENIED");
    }
    expect((await publish((await exchanged()).as, "2.0.0")).status).toBe(201);
    expect((await demand(key.as, false)).status).toBe(200);
    expect((await publish(key.as, "3.0.0")).status).toBe(201);
  });

  it("still lets people move labels between its versions, and deprecate them", async () => {
    const image = await repository.imageManifest();
    await repository.pushManifest(image, "1.0.0");
    await demand(ann.session, true);
    await repository.pushManifest(image, "stable");
    const path = `${versionPath(repository, "1.0.0")}/deprecation`;
    expect((await scene.api.send("PUT", path, { as: ann.session, json: { message: "old" } })).status).toBe(200);
  });

  it("is so before its first version too", async () => {
    await demand(ann.session, true);
    expect((await publish(ann.session, "1.0.0")).status).toBe(403);
    expect((await publish((await exchanged()).as, "1.0.0")).status).toBe(201);
  });
});

describe("rules", () => {
  it("are made, lifted and removed by admins of the namespace, with the scope admin, and seen by its members", async () => {
    const organization = await makeOrganization(scene.api, ann);
    const target = `orgs/${organization}/thing`;
    const id = await scene.trust(ann.session, target, project.rule);
    const path = `/api/v1/artifacts/${target}`;
    const calls = (as: Credential | undefined) => [
      scene.api.send("POST", `${path}/publishers`, { as, json: new GithubProject().rule }),
      scene.api.send("PATCH", `${path}/publishing`, { as, json: { trustedOnly: true } }),
      scene.api.send("DELETE", `${path}/publishers/${id}`, { as }),
    ];
    const statuses = async (as: Credential | undefined) => (await Promise.all(calls(as))).map(({ status }) => status);
    const writer = await scene.person();
    await setRole(scene.api, ann, organization, writer, "write");
    expect(await statuses(undefined)).toEqual([401, 401, 401]);
    expect(await statuses((await scene.person()).session)).toEqual([403, 403, 403]);
    expect(await statuses(writer.session)).toEqual([403, 403, 403]);
    expect(await statuses((await makeKey(scene.api, ann, ["publish"])).as)).toEqual([403, 403, 403]);
    expect((await publishing(writer.session, target)).publishers).toHaveLength(1);
    const admin = await scene.person();
    await setRole(scene.api, ann, organization, admin, "admin");
    expect(await statuses(admin.session)).toEqual([201, 200, 204]);
  });

  it("of an artifact are not removed through another one", async () => {
    const other = await scene.person();
    const path = `/api/v1/artifacts/users/${other.handle}/thing/publishers/${rule}`;
    await expectProblem(await scene.api.send("DELETE", path, { as: other.session }), 404, "name_unknown");
    expect((await publishing(ann.session)).publishers).toHaveLength(1);
  });

  it.each<object>([
    { provider: "github", owner: "a", repository: "b" },
    { provider: "github", owner: "a/b", repository: "c", workflow: "x.yml" },
    { provider: "github", owner: "a", repository: "b", workflow: "../x.yml" },
    { provider: "github", owner: "a", repository: "b", workflow: "x.yml", ref: "main" },
    { provider: "github", owner: "a", repository: "b", workflow: "x.yml", ids: "1" },
    { provider: "github", owner: "a", repository: "b", workflow: "x.yml", issuer: "https://elsewhere.example" },
    { provider: "gitlab", project: "alone" },
    { provider: "oidc", issuer: "https://elsewhere.example", claims: { sub: "x" } },
    { provider: "oidc", issuer: "ISSUER", claims: { team: "x" } },
    { provider: "oidc", issuer: "ISSUER", claims: { sub: "x", aud: "y" } },
    { provider: "jenkins", issuer: "ISSUER" },
  ])("that say too little or too much are refused: %j", async (wrong) => {
    const json = "issuer" in wrong && wrong.issuer === "ISSUER" ? { ...wrong, issuer: scene.other.url } : wrong;
    const path = `/api/v1/artifacts/${repository.name}/publishers`;
    await expectProblem(await scene.api.send("POST", path, { as: ann.session, json }), 400, "invalid_request");
  });
});

it("an issuer that changes its keys is followed, and the old keys end", async () => {
  const old = await project.token(scene);
  await exchanged();
  await scene.github.rotate();
  await expect
    .poll(async () => (await scene.exchange(await project.token(scene))).status, { timeout: 20_000 })
    .toBe(200);
  expect((await scene.exchange(old)).status).toBe(401);
});
