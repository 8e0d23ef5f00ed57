import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { freshAccount, verbContext } from "../../testing/account.ts";
import { type Client, pushBlob, signUp } from "../../testing/client.ts";
import { makeOrganisation, pushImage, refusal, statusOf } from "../../testing/organisation.ts";
import type { User } from "../auth/index.ts";
import { allowName } from "./allow-name.ts";
import { refreshPopularNames } from "./refresh-names.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const confusable = [409, "name_confusable"] as const;
const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

const organisation = (who: Client, handle: string) => who.send("POST", "/api/v1/orgs", json({ handle }));

/** Makes the namespace of a handle one that is protected. */
async function verify(handle: string): Promise<void> {
  await run(
    `INSERT INTO verifications (id, namespace_id, kind, subject, token, state, started_by, started_at)
       SELECT ?, n.id, 'domain', 'proved.example', 't', 'verified', m.user_id, 1 FROM namespaces n
       JOIN members m ON m.namespace_id = n.id WHERE n.handle = ?`,
    crypto.randomUUID(),
    handle,
  );
}

async function makePopular(repository: string): Promise<void> {
  await run(
    "INSERT INTO download_totals (artifact_id, digest, total, last_pulled_at) SELECT id, 'sha256:x', 5000, 1 FROM artifacts WHERE repository = ?",
    repository,
  );
  await refreshPopularNames(verbContext().ctx);
}

async function operator(): Promise<User> {
  const { id, handle } = await freshAccount({ operator: true });
  const credential = { kind: "session", id: "s", expiresAt: new Date(Date.now() + 60_000) } as const;
  return { kind: "user", userId: id, handle, operator: true, scopes: ["admin"], credential };
}

let attacker: Client;
beforeEach(async () => {
  attacker = await signUp();
});

describe("attack: names that are taken for others", () => {
  it.each([
    "adm1n",
    "admln",
    "adrnin",
    "a-d-m-i-n",
    "suppport",
    "supports",
    "0rgs",
    "gat1",
    "r00t",
    "reg1stry",
    "vvww",
    "0auth",
  ])("nobody is called %s", async (handle) => {
    expect(await refusal(organisation(attacker, handle))).toEqual(confusable);
    const signingUp = exports.default.fetch(
      new Request("http://registry.test/api/v1/auth/sign-up", {
        method: "POST",
        ...json({ handle, password: "correct horse battery" }),
      }),
    );
    expect(await refusal(signingUp)).toEqual(confusable);
  });

  it.each(["Admin", "аdmin", "admin ", "ad_min", "ad--min", "-admin", "", "a".repeat(40), "admin\u200b", "ａdmin"])(
    "what is no handle cannot look like one: %j",
    async (handle) => expect((await refusal(organisation(attacker, handle)))[0]).toBe(400),
  );

  it("a verified publisher's handle has no look-alikes of any class", async () => {
    const org = await makeOrganisation();
    const handle = `corner-willow-${org.handle.replaceAll(/\D/g, "")}x`;
    await organisation(org.owner, handle);
    await verify(handle);
    for (const like of [
      handle.replace("o", "0"),
      handle.replace("i", "1"),
      handle.replace("i", "l"),
      handle.replace("rn", "m"),
      handle.replace("w", "vv"),
      handle.replaceAll("-", ""),
      handle.replace("c", "cc"),
      `${handle}s`,
    ])
      expect([like, ...(await refusal(organisation(attacker, like)))]).toEqual([like, ...confusable]);
  });

  it("a handle that nobody protects may be looked like: the first and the second are both just names", async () => {
    const handle = `plain${attacker.handle.replace("client-", "q")}o`;
    expect((await organisation(attacker, handle)).status).toBe(201);
    expect((await organisation(attacker, `${handle.slice(0, -1)}0`)).status).toBe(201);
  });

  it("of many claims that race with each other and with the proof none is left half done", async () => {
    const org = await makeOrganisation();
    const handle = `racer${org.handle.replaceAll(/\D/g, "")}o`;
    await organisation(org.owner, handle);
    const like = [handle.replace("o", "0"), handle.replace("racer", "raccer"), `${handle}s`];
    const [, ...answers] = await Promise.all([verify(handle), ...like.map((one) => organisation(attacker, one))]);
    for (const [at, answer] of answers.entries()) {
      expect([201, 409]).toContain(answer.status);
      const { results } = await env.DB.prepare(
        `SELECT (SELECT count(*) FROM namespaces WHERE handle = ?1) + (SELECT count(*) FROM handle_skeletons WHERE handle = ?1)
           + (SELECT count(*) FROM namespaces n JOIN members m ON m.namespace_id = n.id WHERE n.handle = ?1) AS parts`,
      )
        .bind(like[at])
        .all();
      expect(results).toEqual([{ parts: answer.status === 201 ? 3 : 0 }]);
    }
    // Afterwards nobody gets in.
    expect(await refusal(organisation(attacker, handle.replace("racer", "rracer")))).toEqual(confusable);
  });

  it("an operator may let one pass, and nobody else may", async () => {
    expect(
      (await refusal(attacker.send("POST", "/api/v1/admin/names", json({ name: "5upport5", allowed: true }))))[0],
    ).toBe(403);
    expect(await refusal(organisation(attacker, "he1p"))).toEqual(confusable);
    const { ctx, settle } = verbContext(await operator());
    await allowName(ctx, "he1p");
    await settle();
    expect((await organisation(attacker, "he1p")).status).toBe(201);
    // What is reserved stays so.
    await allowName(ctx, "admin");
    expect(await refusal(organisation(attacker, "admin"))).toEqual([409, "name_taken"]);
  });
});

describe("attack: names of artifacts that hope for slips of the finger", () => {
  let popular: Client;
  let name: string;

  beforeEach(async () => {
    popular = await signUp();
    name = `corner-willow-q${popular.handle.replaceAll(/\D/g, "")}z`;
    await pushImage(popular, popular.repository(name), "1.0.0");
    await makePopular(popular.repository(name));
  });

  it.each([
    ["0 for o", (text: string) => text.replace("o", "0")],
    ["1 for l", (text: string) => text.replace("l", "1")],
    ["rn for m", (text: string) => text.replace("rn", "m")],
    ["vv for w", (text: string) => text.replace("w", "vv")],
    ["another separator", (text: string) => text.replaceAll("-", "_")],
    ["no separator", (text: string) => text.replaceAll("-", "")],
    ["a plural", (text: string) => `${text}s`],
    ["a letter too many", (text: string) => text.replace("c", "ch")],
    ["a letter too few", (text: string) => text.replace("r", "")],
    ["another letter", (text: string) => text.replace("w", "p")],
    ["two letters the other way round", (text: string) => text.replace("co", "oc")],
  ])("%s", async (_, change) => {
    const pushed = await pushImage(attacker, attacker.repository(change(name)), "1.0.0");
    expect(await refusal(pushed.response)).toEqual([409, "DENIED"]);
    expect(await statusOf(popular, `/api/v1/artifacts/${attacker.repository(change(name))}`)).toBe(404);
  });

  it("nor under a label, by digest, or over a rename", async () => {
    const like = attacker.repository(name.replace("o", "0"));
    expect((await pushImage(attacker, like, "latest")).status).toBe(409);
    expect((await pushImage(attacker, like, undefined)).status).toBe(409);
    await pushImage(attacker, attacker.repository("honest"), "1.0.0");
    const renaming = attacker.send(
      "POST",
      `/api/v1/artifacts/${attacker.repository("honest")}/rename`,
      json({ name: name.replace("o", "0") }),
    );
    expect(await refusal(renaming)).toEqual(confusable);
  });

  it("the same name elsewhere is a fork; one's own names, verified publishers and what operators allow are free", async () => {
    expect((await pushImage(attacker, attacker.repository(name), "1.0.0")).status).toBe(201);
    expect((await pushImage(popular, popular.repository(`${name}s`), "1.0.0")).status).toBe(201);
    const { ctx, settle } = verbContext(await operator());
    await allowName(ctx, attacker.repository(`${name}s`));
    await settle();
    expect((await pushImage(attacker, attacker.repository(`${name}s`), "1.0.0")).status).toBe(201);
    await verify(attacker.handle);
    expect((await pushImage(attacker, attacker.repository(name.replace("o", "0")), "1.0.0")).status).toBe(201);
  });

  it("a private artifact is not given away by a refusal", async () => {
    await popular.send("PATCH", `/api/v1/artifacts/${popular.repository(name)}`, json({ visibility: "private" }));
    expect((await pushImage(attacker, attacker.repository(name.replace("o", "0")), "1.0.0")).status).toBe(201);
  });

  it("a name that was no look-alike stays pushable when something becomes popular beside it", async () => {
    const own = attacker.repository("elderberry-basket");
    await pushImage(attacker, own, "1.0.0");
    await pushImage(popular, popular.repository("elderberry-baskets"), "1.0.0");
    await makePopular(popular.repository("elderberry-baskets"));
    expect((await pushImage(attacker, own, "1.1.0")).status).toBe(201);
  });
});

describe("attack: names that were given up", () => {
  let owner: Client;
  let old: string;
  let now: string;
  let digest: string;
  let layer: string;
  let stranger: Client;

  const rename = (who: Client, repository: string, name: string) =>
    who.send("POST", `/api/v1/artifacts/${repository}/rename`, json({ name }));

  beforeEach(async () => {
    owner = await signUp();
    stranger = { ...attacker, send: (method, path, init) => anonymous(method, path, init) };
    old = owner.repository("before");
    now = owner.repository("after");
    ({ digest, layer } = await pushImage(owner, old, "1.0.0"));
    expect((await rename(owner, old, "after")).status).toBe(200);
  });

  const anonymous: Client["send"] = (method, path, { body, headers } = {}) =>
    exports.default.fetch(
      new Request(`http://registry.test${path}`, {
        method,
        redirect: "manual",
        ...(headers ? { headers } : {}),
        ...(body === undefined ? {} : { body }),
      }),
    );

  it("the old name leads to the artifact: OCI, REST, resolve and page", async () => {
    for (const path of [
      `manifests/1.0.0`,
      `manifests/${digest}`,
      `blobs/${layer}`,
      "tags/list",
      `referrers/${digest}`,
    ]) {
      for (const who of [stranger, owner]) {
        const response = await who.send("GET", `/v2/${old}/${path}`);
        await response.body?.cancel();
        expect([path, response.status, response.headers.get("Gati-Renamed-To")]).toEqual([path, 200, now]);
      }
    }
    const head = await stranger.send("HEAD", `/v2/${old}/manifests/1.0.0`);
    expect([head.status, head.headers.get("Docker-Content-Digest")]).toEqual([200, digest]);
    const details = await stranger.send("GET", `/api/v1/artifacts/${old}?x=1`);
    expect([details.status, details.headers.get("Location")]).toEqual([308, `/api/v1/artifacts/${now}?x=1`]);
    const version = await stranger.send("GET", `/api/v1/artifacts/${old}/versions/1.0.0`);
    expect(version.headers.get("Location")).toBe(`/api/v1/artifacts/${now}/versions/1.0.0`);
    const resolved = await stranger.send("GET", `/api/v1/resolve?ref=${owner.handle}/before@^1`);
    expect(await resolved.json()).toMatchObject({ repository: now, digest });
    const page = await stranger.send("GET", `/${old}`, { headers: { Accept: "text/html" } });
    expect([page.status, page.headers.get("Location")]).toEqual([308, `/${now}`]);
  });

  it("a token for the old name reads the artifact, also a private one", async () => {
    await owner.send("PATCH", `/api/v1/artifacts/${now}`, json({ visibility: "private" }));
    const { token } = await (
      await owner.send("GET", `/v2/token?scope=repository:${old}:pull`)
    ).json<{ token: string }>();
    const headers = { Authorization: `Bearer ${token}` };
    expect((await anonymous("GET", `/v2/${old}/manifests/1.0.0`, { headers })).status).toBe(200);
    expect((await anonymous("GET", `/v2/${old}/blobs/${layer}`, { headers })).status).toBe(200);
  });

  it("nothing is ever published under it again, and the refusal names the new one", async () => {
    const uploading = await owner.send("POST", `/v2/${old}/blobs/uploads/`);
    expect(uploading.status).toBe(409);
    expect(await uploading.text()).toContain(now);
    const { response } = await pushImage(owner, old, "2.0.0");
    expect(response.status).toBe(409);
    expect(await response.text()).toContain(now);
    expect((await owner.send("DELETE", `/v2/${old}/manifests/${digest}`)).status).toBe(409);
    expect(await statusOf(stranger, `/v2/${now}/manifests/1.0.0`)).toBe(200);
  });

  it("no other artifact takes it, and the artifact itself does not take it back", async () => {
    await pushImage(owner, owner.repository("other"), "1.0.0");
    for (const repository of [owner.repository("other"), now])
      expect(await refusal(rename(owner, repository, "before"))).toEqual([409, "name_taken"]);
    expect(await refusal(rename(owner, owner.repository("other"), "after"))).toEqual([409, "name_taken"]);
  });

  it("a name leads on through further renames", async () => {
    await rename(owner, now, "third");
    const response = await stranger.send("GET", `/v2/${old}/manifests/1.0.0`);
    expect([response.status, response.headers.get("Gati-Renamed-To")]).toEqual([200, owner.repository("third")]);
  });

  it("renaming again after a lost answer changes nothing", async () => {
    expect((await rename(owner, old, "after")).status).toBe(200);
    expect((await rename(owner, now, "after")).status).toBe(200);
  });

  it("outsiders do not learn that a private artifact had it", async () => {
    await owner.send("PATCH", `/api/v1/artifacts/${now}`, json({ visibility: "private" }));
    const never = owner.repository("never-was");
    for (const [path, other] of [
      [`/api/v1/artifacts/${old}`, `/api/v1/artifacts/${never}`],
      [`/api/v1/artifacts/${old}/versions/1.0.0`, `/api/v1/artifacts/${never}/versions/1.0.0`],
      [`/v2/${old}/manifests/1.0.0`, `/v2/${never}/manifests/1.0.0`],
      [`/v2/${old}/tags/list`, `/v2/${never}/tags/list`],
      [`/api/v1/resolve?ref=${owner.handle}/before`, `/api/v1/resolve?ref=${owner.handle}/never-was`],
    ] as const) {
      for (const who of [stranger, attacker]) {
        const [one, two] = [await who.send("GET", path), await who.send("GET", other)];
        expect([path, one.status, one.headers.get("Location")]).toEqual([path, two.status, null]);
        expect(one.status).toBeGreaterThanOrEqual(401);
        expect(await one.text()).not.toContain("after");
      }
    }
  });

  it("only admins rename, and only where their credential reaches", async () => {
    expect((await refusal(rename(attacker, now, "mine")))[0]).toBe(403);
    const { key } = await (
      await owner.send("POST", "/api/v1/auth/keys", json({ name: "one", scopes: ["admin"], reach: [now] }))
    ).json<{ key: string }>();
    const narrow: Client = {
      ...owner,
      send: (method, path, init) =>
        owner.send(method, path, { ...init, headers: { ...init?.headers, Authorization: `Bearer ${key}` } }),
    };
    expect((await rename(narrow, now, "elsewhere")).ok).toBe(false);
    // And the key follows the artifact, and nothing else.
    expect((await rename(owner, now, "moved")).status).toBe(200);
    expect((await pushImage(narrow, owner.repository("moved"), "2.0.0")).status).toBe(201);
    expect((await pushImage(narrow, owner.repository("unrelated"), "2.0.0")).status).not.toBe(201);
  });

  it("a rename to what is no name is refused", async () => {
    for (const name of ["", "Upper", "a/b", "..", "a".repeat(129), "né"])
      expect((await refusal(rename(owner, now, name)))[0]).toBe(400);
  });

  it("what was decided about it by name follows it", async () => {
    const org = await makeOrganisation();
    const member = await org.member("read", []);
    await pushImage(org.owner, org.repository("tool"), "1.0.0");
    await org.team("makers", { tool: "write" });
    await org.call(org.owner, "PUT", `${org.path}/teams/makers/members/${member.handle}`);
    expect((await pushImage(member, org.repository("tool"), "1.1.0")).status).toBe(201);
    expect((await rename(org.owner, org.repository("tool"), "renamed-tool")).status).toBe(200);
    expect((await pushImage(member, org.repository("renamed-tool"), "1.2.0")).status).toBe(201);
    const { digest: blob } = await pushBlob(org.owner, org.repository("renamed-tool"), "content");
    expect(await statusOf(org.owner, `/v2/${org.repository("renamed-tool")}/blobs/${blob}`)).toBe(200);
  });
});
