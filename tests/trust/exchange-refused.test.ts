import { randomUUID } from "node:crypto";
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem } from "../http/support/errors.ts";
import type { Person } from "../http/support/people.ts";
import { unique } from "../http/support/people.ts";
import { audience, GithubProject, TrustScene } from "./scene.ts";

let scene: TrustScene;
let ann: Person;
let project: GithubProject;
let repository: string;

beforeAll(async () => {
  scene = await TrustScene.start();
  ann = await scene.person();
}, 120_000);
afterAll(() => scene.stop());
beforeEach(async () => {
  project = new GithubProject();
  repository = `users/${ann.handle}/${unique("thing")}`;
  await scene.trust(ann.session, repository, { ...project.rule, environment: "release" });
});

const environment = "release";
const good = (changes: Record<string, unknown> = {}, minting = {}) =>
  project.token(scene, { environment, ...changes }, minting);

/** Refused, and the answer tells nothing of the artifact, the rule or a secret. */
async function refused(token: string, status: number, code: string): Promise<void> {
  const response = await scene.exchange(token);
  const text = await response.clone().text();
  await expectProblem(response, status, code);
  expect(text).not.toContain(repository);
  expect(text).not.toContain(ann.handle);
  expect(text).not.toContain(token);
}

it("the control: the token that the rule is about is exchanged, once", async () => {
  const { repositories, expiresIn } = await scene.exchanged(await good());
  expect({ repositories, expiresIn }).toEqual({ repositories: [repository], expiresIn: 900 });
});

describe("attack: an ID token is not believed", () => {
  it("of an issuer that nobody configured", async () => {
    await refused(await good({}, { issuer: "https://token.actions.githubusercontent.com" }), 401, "unauthenticated");
  });

  it.each<[string, (issuer: string) => string]>([
    ["with a slash at its end", (issuer) => `${issuer}/`],
    ["in capitals", (issuer) => issuer.toUpperCase()],
    ["with a user before it", (issuer) => issuer.replace("//", "//github@")],
    ["as the beginning of another host", (issuer) => issuer.replace("127.0.0.1", "127.0.0.1.example")],
    ["with a path behind it", (issuer) => `${issuer}/enterprise`],
    ["with a query behind it", (issuer) => `${issuer}?x=1`],
  ])("of an issuer that looks like a trusted one: %s", async (_, change) => {
    await refused(await good({}, { issuer: change(scene.github.url) }), 401, "unauthenticated");
  });

  it("signed by one trusted issuer in the name of another", async () => {
    const claims = project.claims({ environment });
    await refused(await scene.other.token(claims, { issuer: scene.github.url }), 401, "unauthenticated");
  });

  it.each([["another registry"], ["https://github.com/octo"], [""], [audience.toUpperCase()]])(
    "for the audience %j",
    async (aud) => refused(await good({ aud }), 401, "unauthenticated"),
  );

  it("for several audiences, or none", async () => {
    await refused(await good({ aud: [audience, "another registry"] }), 401, "unauthenticated");
    await refused(await good({ aud: undefined }), 401, "unauthenticated");
  });

  it("without a signature", async () => {
    const token = new UnsecuredJWT({ ...project.claims({ environment }), jti: randomUUID(), iss: scene.github.url })
      .setIssuedAt()
      .setExpirationTime("5m")
      .encode();
    await refused(token, 401, "unauthenticated");
  });

  it("signed by HMAC with the issuer's public key", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(scene.github.publicKey));
    const token = await new SignJWT({ ...project.claims({ environment }), jti: randomUUID(), iss: scene.github.url })
      .setProtectedHeader({ alg: "HS256", kid: scene.github.publicKey.kid ?? "" })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(secret);
    await refused(token, 401, "unauthenticated");
  });

  it("signed by a key of somebody else, under the issuer's key id, another id or with the key along", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    await refused(await good({}, { key: privateKey }), 401, "unauthenticated");
    await refused(await good({}, { key: privateKey, header: { kid: "unknown" } }), 401, "unauthenticated");
    const jwk = scene.github.publicKey;
    await refused(
      await good({}, { key: privateKey, header: { jwk, jku: `${scene.other.url}/keys` } }),
      401,
      "unauthenticated",
    );
  });

  it.each<[string, object, object]>([
    ["expired", {}, { expiresIn: -60, issuedAgo: 300 }],
    ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 600 }, {}],
    ["issued in the future", {}, { issuedAgo: -600 }],
    ["older than any job", {}, { issuedAgo: 13 * 3600 }],
    ["without an id", { jti: undefined }, {}],
    ["without an end", { exp: undefined }, {}],
    ["without a subject", { sub: undefined }, {}],
  ])("%s", async (_, changes, minting) => refused(await good({ ...changes }, minting), 401, "unauthenticated"));

  it("when it is none", async () => {
    for (const text of [
      "not-a-token",
      "a.b.c",
      "eyJhbGciOiJub25lIn0.e30.",
      "gati_000000000000000000000000000000000000",
    ])
      await refused(text, 401, "unauthenticated");
    await refused(
      (await good()).replace(/\.[^.]+\./, (part) => `${part.slice(0, -2)}A.`),
      401,
      "unauthenticated",
    );
  });

  it("twice, also not at the same time", async () => {
    const token = await good();
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.exchange(token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
    await refused(token, 401, "unauthenticated");
  });
});

describe("attack: a run is not trusted", () => {
  it.each<[string, (own: GithubProject) => Record<string, unknown>]>([
    [
      "of another workflow",
      (own) => ({ workflow_ref: `${own.owner}/${own.name}/.github/workflows/test.yml@refs/heads/main` }),
    ],
    [
      "of a workflow with that name elsewhere",
      (own) => ({ workflow_ref: `evil/${own.name}/.github/workflows/release.yml@refs/heads/main` }),
    ],
    [
      "of a workflow in a folder",
      (own) => ({ workflow_ref: `${own.owner}/${own.name}/.github/workflows/x/release.yml@refs/heads/main` }),
    ],
    [
      "of a workflow whose name goes on",
      (own) => ({ workflow_ref: `${own.owner}/${own.name}/.github/workflows/release.yml.yml@refs/heads/main` }),
    ],
    ["without a workflow", () => ({ workflow_ref: undefined })],
    ["in another environment", () => ({ environment: "staging" })],
    ["in no environment", () => ({ environment: undefined })],
    ["of another repository of the owner", (own) => ({ repository: `${own.owner}/other` })],
    ["of a fork", (own) => ({ repository: `fork/${own.name}`, repository_owner: "fork" })],
    ["whose owner is not the repository's", () => ({ repository_owner: "somebody-else" })],
    ["without ids", () => ({ repository_id: undefined })],
    ["that a stranger's pull request started", () => ({ event_name: "pull_request_target" })],
    ["that another workflow's end started", () => ({ event_name: "workflow_run" })],
  ])("%s", async (_, change) => refused(await good(change(project)), 403, "denied"));

  it("with the same names and other ids, after the first use: somebody took the names over", async () => {
    await scene.exchanged(await good());
    await refused(await good({ repository_id: "1" }), 403, "denied");
    await refused(await good({ repository_owner_id: "1" }), 403, "denied");
    await scene.exchanged(await good());
  });

  it("with other ids than the rule states, before any use", async () => {
    const stated = `${repository}-stated`;
    const own = new GithubProject();
    await scene.trust(ann.session, stated, { ...own.rule, ownerId: own.ids.repository_owner_id, repositoryId: "7" });
    await refused(await own.token(scene), 403, "denied");
    await scene.exchanged(await own.token(scene, { repository_id: "7" }));
  });

  it("of two runs that are the first at once under the same names, only those with one set of ids", async () => {
    const tokens = await Promise.all(Array.from({ length: 6 }, (_, i) => good({ repository_id: String(i % 2) })));
    const answers = await Promise.all(tokens.map((token) => scene.exchange(token)));
    const ids = answers.flatMap(({ status }, i) => (status === 200 ? [i % 2] : []));
    expect(new Set(ids).size).toBe(1);
    expect(ids).toHaveLength(3);
  });

  it("when the rule was removed", async () => {
    const own = new GithubProject();
    const id = await scene.trust(ann.session, repository, own.rule);
    const path = `/api/v1/artifacts/${repository}/publishers/${id}`;
    expect((await scene.api.send("DELETE", path, { as: ann.session })).status).toBe(204);
    await refused(await own.token(scene), 403, "denied");
  });

  it("names at GitHub are the same in any case", async () => {
    const own = new GithubProject();
    const target = `${repository}-case`;
    await scene.trust(ann.session, target, { ...own.rule, owner: own.owner.toLowerCase() });
    expect((await scene.exchanged(await own.token(scene))).repositories).toEqual([target]);
  });
});
