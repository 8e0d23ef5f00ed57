import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import {
  makeKey,
  makeOrganization,
  type Person,
  registryToken,
  setRole,
  setVisibility,
  signUp,
  unique,
} from "../support/people.ts";
import { digestOf, randomContent, Repository } from "../support/repository.ts";

const content = randomContent(40);
let owner: Person;
let outsider: Person;
let open: Repository;
let hidden: Repository;
beforeAll(async () => {
  [owner, outsider] = await Promise.all([signUp(shared), signUp(shared)]);
  open = Repository.fresh(shared, owner);
  hidden = Repository.fresh(shared, owner);
  await open.pushImage("1.0.0", content);
  await hidden.pushImage("1.0.0", content);
  await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
});

const challengeOf = (response: Response) => response.headers.get("www-authenticate");
const realm = () => `realm="${shared.url}/v2/token",service="gati-registry"`;

describe("the challenge", () => {
  it("of /v2/ to a stranger is 401 with quoted realm and service, even though reads are open", async () => {
    const response = await shared.send("GET", "/v2/");
    expect(challengeOf(response)).toBe(`Bearer ${realm()}`);
    await expectOciError(response, 401, "UNAUTHORIZED");
  });

  it("has its realm on the host that the client used", async () => {
    const url = shared.url.replace("127.0.0.1", "localhost");
    const response = await fetch(`${url}/v2/`).catch(() => undefined);
    // Where localhost is only ::1 nobody listens there; everywhere else the answer names it.
    if (response) expect(challengeOf(response)).toContain(`realm="${url}/v2/token"`);
    expect(challengeOf(await shared.send("GET", "/v2/"))).toContain(new URL(shared.url).host);
  });

  it.each([
    ["POST", "blobs/uploads/", "pull,push"],
    ["PUT", "manifests/2.0.0", "pull,push"],
    ["DELETE", "manifests/1.0.0", "pull,delete"],
    ["DELETE", `blobs/${digestOf("x")}`, "pull,delete"],
  ])("of %s %s names the repository and %s", async (method, rest, actions) => {
    const body = method === "PUT" ? JSON.stringify(await open.imageManifest()) : undefined;
    const response = await open.seenBy(undefined).send(method, rest, { body });
    expect(challengeOf(response)).toBe(`Bearer ${realm()},scope="repository:${open.name}:${actions}"`);
    await expectOciError(response, 401, "UNAUTHORIZED");
  });

  it("of a mount names both repositories", async () => {
    const response = await open
      .seenBy(undefined)
      .send("POST", `blobs/uploads/?mount=${digestOf("x")}&from=${hidden.name}`);
    expect(challengeOf(response)).toBe(
      `Bearer ${realm()},scope="repository:${open.name}:pull,push repository:${hidden.name}:pull"`,
    );
  });

  it("of a private pull asks for pull", async () => {
    const response = await hidden.seenBy(undefined).send("GET", "manifests/1.0.0");
    expect(challengeOf(response)).toBe(`Bearer ${realm()},scope="repository:${hidden.name}:pull"`);
    await expectOciError(response, 401, "UNAUTHORIZED");
  });

  it("cannot be broken out of by what is in the path", async () => {
    const response = await shared.send(
      "POST",
      `/v2/users/x/${encodeURIComponent('a",realm="http://evil')}/blobs/uploads/`,
    );
    expect((challengeOf(response) ?? "").match(/realm=/g) ?? []).toHaveLength(response.status === 401 ? 1 : 0);
    expect(response.status).toBe(400);
  });

  it("to a credential that is wrong says invalid_token", async () => {
    const response = await open.seenBy({ bearer: "nonsense" }).send("GET", "manifests/1.0.0");
    expect(challengeOf(response)).toContain('error="invalid_token"');
    await expectOciError(response, 401, "UNAUTHORIZED");
  });
});

describe("what is public", () => {
  it.each<[string, () => Promise<Credential | undefined>]>([
    ["without a token", () => Promise.resolve(undefined)],
    ["with an anonymous token", () => registryToken(shared, [`repository:${open.name}:pull`])],
    ["with an anonymous token for nothing", () => registryToken(shared, [])],
    ["with somebody else's session", () => Promise.resolve(outsider.session)],
  ])("is pulled %s", async (_, credential) => {
    const mine = open.seenBy(await credential());
    expect(await mine.head("manifests/1.0.0")).toBe(200);
    expect(await mine.head(`blobs/${digestOf(content)}`)).toBe(200);
    expect(await mine.tags()).toEqual(["1.0.0", "latest"]);
  });
});

describe("what is private answers exactly like what does not exist", () => {
  const paths = [
    "manifests/1.0.0",
    `manifests/${digestOf("x")}`,
    `blobs/${digestOf(content)}`,
    "tags/list",
    `referrers/${digestOf("x")}`,
  ];
  const fingerprint = async (repository: Repository, method: string, rest: string) => {
    const response = await repository.send(method, rest);
    const text = (await response.text()).replaceAll(repository.name, "REPOSITORY").replace(/"requestId":"[^"]+"/, "");
    return {
      status: response.status,
      text,
      challenge: challengeOf(response)?.replaceAll(repository.name, "REPOSITORY"),
    };
  };

  it.each<[string, () => Promise<Credential | undefined>]>([
    ["a stranger", () => Promise.resolve(undefined)],
    ["an anonymous token", () => registryToken(shared, [`repository:${hidden.name}:pull`])],
    ["another user", () => Promise.resolve(outsider.session)],
    ["another user's token", () => registryToken(shared, [`repository:${hidden.name}:pull,push`], outsider.session)],
  ])("to %s", async (_, credential) => {
    const as = await credential();
    const secret = hidden.seenBy(as);
    const missing = Repository.fresh(shared, owner);
    // The token that names the missing repository, so that only the repositories differ.
    const likewise =
      as && "bearer" in as && as !== outsider.session
        ? await registryToken(
            shared,
            [`repository:${missing.name}:pull${_.includes("user") ? ",push" : ""}`],
            _.includes("user") ? outsider.session : undefined,
          )
        : as;
    for (const rest of paths) {
      for (const method of ["GET", "HEAD"]) {
        expect(await fingerprint(secret, method, rest)).toEqual(
          await fingerprint(missing.seenBy(likewise), method, rest),
        );
      }
    }
    for (const [method, rest] of [
      ["POST", "blobs/uploads/"],
      ["DELETE", "manifests/1.0.0"],
      ["PUT", "manifests/9.9.9"],
    ] as const) {
      expect(await fingerprint(secret, method, rest)).toEqual(
        await fingerprint(missing.seenBy(likewise), method, rest),
      );
    }
  });
});

describe("tokens are good for what they name, and no more", () => {
  it("a pull token that pushes is 401 insufficient_scope, and the token that the challenge asks for works", async () => {
    const pull = await registryToken(shared, [`repository:${hidden.name}:pull`], owner.session);
    const refused = await hidden.seenBy(pull).send("POST", "blobs/uploads/");
    const challenge = challengeOf(refused) ?? "";
    expect(challenge).toMatch(/error="insufficient_scope"$/);
    await expectOciError(refused, 401, "UNAUTHORIZED");
    const scope = /scope="([^"]+)"/.exec(challenge)?.[1] ?? "";
    const better = await registryToken(shared, [scope], owner.session);
    expect((await hidden.seenBy(better).send("POST", "blobs/uploads/")).status).toBe(202);
  });

  it("a push token deletes nothing", async () => {
    const push = await registryToken(shared, [`repository:${hidden.name}:pull,push`], owner.session);
    await expectOciError(await hidden.seenBy(push).send("DELETE", "manifests/1.0.0"), 401, "UNAUTHORIZED");
    expect(await hidden.head("manifests/1.0.0")).toBe(200);
  });

  it("a token of one repository is 401 on another private one of the same owner", async () => {
    const other = await registryToken(shared, [`repository:${open.name}:*`], owner.session);
    const response = await hidden.seenBy(other).send("GET", "manifests/1.0.0");
    expect(challengeOf(response)).toMatch(/error="insufficient_scope"$/);
    await expectOciError(response, 401, "UNAUTHORIZED");
    await expectOciError(await hidden.seenBy(other).send("POST", "blobs/uploads/"), 401, "UNAUTHORIZED");
  });

  it("a token that asked for push and was refused is 403 DENIED, not challenged forever", async () => {
    const token = await registryToken(shared, [`repository:${open.name}:pull,push`], outsider.session);
    await expectOciError(await open.seenBy(token).send("POST", "blobs/uploads/"), 403, "DENIED");
  });

  it("a tampered token is 401", async () => {
    const { bearer } = (await registryToken(shared, [`repository:${hidden.name}:pull`], outsider.session)) as {
      bearer: string;
    };
    const [head, payload, signature] = bearer.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { sub: string };
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: owner.id })).toString("base64url");
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    for (const token of [`${head}.${forged}.${signature}`, `${none}.${forged}.`, `${head}.${payload}.`]) {
      await expectOciError(await hidden.seenBy({ bearer: token }).send("GET", "manifests/1.0.0"), 401, "UNAUTHORIZED");
    }
  });
});

describe("a right that ends, ends at once, also for tokens that were issued before", () => {
  it("a writer who was removed pushes no more", async () => {
    const organization = await makeOrganization(shared, owner);
    const member = await signUp(shared);
    await setRole(shared, owner, organization, member, "write");
    const name = `orgs/${organization}/${unique("repo")}`;
    const token = await registryToken(shared, [`repository:${name}:pull,push`], member.session);
    const theirs = new Repository(shared, name, token);
    const location = await theirs.startUpload();
    await shared.send("DELETE", `/api/v1/namespaces/orgs/${organization}/members/${member.handle}`, {
      as: owner.session,
    });
    expect((await theirs.send("POST", "blobs/uploads/")).status).toBe(403);
    expect((await theirs.send("PUT", `${location}?digest=${digestOf("x")}`, { body: "x" })).status).toBe(403);
  });

  it("an anonymous token reads no more what was made private", async () => {
    const repository = Repository.fresh(shared, owner);
    await repository.pushImage("1.0.0");
    const token = await registryToken(shared, [`repository:${repository.name}:pull`]);
    expect(await repository.seenBy(token).head("manifests/1.0.0")).toBe(200);
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${repository.name}`, "private");
    expect(await repository.seenBy(token).head("manifests/1.0.0")).toBe(404);
  });

  it("a revoked API key is 401 on /v2 at once", async () => {
    const key = await makeKey(shared, owner, ["publish"]);
    expect(await hidden.seenBy(key.as).head("manifests/1.0.0")).toBe(200);
    await shared.send("DELETE", `/api/v1/auth/keys/${key.id}`, { as: owner.session });
    await expectOciError(await hidden.seenBy(key.as).send("GET", "manifests/1.0.0"), 401, "UNAUTHORIZED");
  });
});
