import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliResult, Machine } from "../harness/cli.ts";
import { makeKey, type Person, unique } from "../http/support/people.ts";
import { audience, GithubProject, TrustScene } from "./scene.ts";

let scene: TrustScene;
let machine: Machine;
let ann: Person;
let adminKey: string;
let project: GithubProject;
let name: string;
let artifact: string;

beforeAll(async () => {
  scene = await TrustScene.start();
  machine = await Machine.create(scene.api.url);
  ann = await scene.person();
  adminKey = (await makeKey(scene.api, ann, ["admin"])).key;
}, 120_000);
afterAll(async () => {
  await scene.stop();
  await machine.remove();
});
beforeEach(() => {
  project = new GithubProject();
  name = unique("module");
  artifact = `users/${ann.handle}/${name}`;
});

/** What a job of GitHub Actions finds in its environment. */
function githubJob(): Record<string, string> {
  const secret = unique("job");
  scene.github.job = { secret, claims: project.claims() };
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    ACTIONS_ID_TOKEN_REQUEST_URL: `${scene.github.url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
  };
}
const asAdmin = (args: readonly string[]): Promise<CliResult> =>
  machine.gati([...args, "--json"], { env: { GATI_API_KEY: adminKey } });

async function publish(env: Record<string, string>, scope = ann.handle, version = "1.0.0"): Promise<CliResult> {
  const manifest = { name: scope ? `@${scope}/${name}` : name, version, gati: { type: "node" } };
  const cwd = await machine.files(unique("project"), { "gati-module.json": manifest, "index.js": `// ${version}` });
  return machine.gati(["module", "publish", "--json"], { cwd, env });
}
const trust = (...more: string[]) =>
  asAdmin([
    ...["trust", "add", artifact, "--github", `${project.owner}/${project.name}`, "--workflow", "release.yml"],
    ...more,
  ]);
const errorOf = (result: CliResult) => ({
  code: result.code,
  error: result.json<{ error: { code: string } }>().error.code,
});

describe("gati module publish in CI, without a key", () => {
  it("publishes the first version from GitHub Actions, and is asked for nothing", async () => {
    expect((await trust()).code).toBe(0);
    const result = await publish(githubJob());
    expect(result.stderr).toBe("");
    expect(result.json()).toMatchObject({ status: "published", repository: artifact });
    expect(await scene.api.read("GET", `/api/v1/artifacts/${artifact}/versions/1.0.0`)).toMatchObject({
      publishedBy: `github:${project.owner}/${project.name}`,
    });
    expect((await publish(githubJob(), "", "1.0.1")).json()).toMatchObject({
      status: "published",
      repository: artifact,
    });
  });

  it("publishes from GitLab with GATI_ID_TOKEN", async () => {
    const path = `${unique("group")}/app`;
    expect((await asAdmin(["trust", "add", artifact, "--gitlab", path])).code).toBe(0);
    const token = await scene.gitlab.token({
      aud: audience,
      sub: `project_path:${path}`,
      namespace_path: path.split("/")[0],
      namespace_id: "1",
      project_path: path,
      project_id: "2",
      ci_config_ref_uri: `${new URL(scene.gitlab.url).host}/${path}//.gitlab-ci.yml@refs/heads/main`,
    });
    const result = await publish({ GITLAB_CI: "true", GATI_ID_TOKEN: token });
    expect(result.json()).toMatchObject({ status: "published", repository: artifact });
    expect(result.stdout + result.stderr).not.toContain(token);
  });

  it("is refused when nothing trusts the job, with advice and without a trace of tokens", async () => {
    const env = githubJob();
    const result = await publish(env);
    expect(errorOf(result)).toEqual({ code: 3, error: "denied" });
    expect(result.stdout).toContain("gati trust add");
    expect(result.stdout).not.toMatch(/eyJ[\w-]+\./);
    expect(result.stdout).not.toContain(env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
  });

  it("publishes nothing that the job is not trusted with", async () => {
    await trust();
    name = unique("another");
    expect(errorOf(await publish(githubJob()))).toEqual({ code: 4, error: "namespace_unknown" });
  });

  it("uses a key that somebody configured instead of the job's token", async () => {
    const result = await publish({ ...githubJob(), GATI_API_KEY: adminKey });
    expect(result.json()).toMatchObject({ status: "published" });
    const version = await scene.api.read("GET", `/api/v1/artifacts/${artifact}/versions/1.0.0`);
    expect(version).toMatchObject({ publishedBy: ann.handle });
  });

  it("says what is missing when the job may not ask for tokens, or GitHub gives none", async () => {
    const forbidden = await publish({ CI: "true", GITHUB_ACTIONS: "true" });
    expect(errorOf(forbidden)).toEqual({ code: 3, error: "not_logged_in" });
    expect(forbidden.stdout).toContain("id-token: write");
    const wrong = await publish({ ...githubJob(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: "another job's" });
    expect(errorOf(wrong)).toEqual({ code: 3, error: "not_logged_in" });
  });
});

describe("gati trust", () => {
  it("lists, demands, lifts and removes", async () => {
    const { id } = (await trust("--environment", "release", "--ref", "refs/heads/main")).json<{ id: string }>();
    const listed = async () => (await asAdmin(["trust", "list", artifact])).json();
    expect(await listed()).toMatchObject({
      trustedOnly: false,
      publishers: [{ id, pending: true, conditions: { environment: "release", ref: "refs/heads/main" } }],
    });
    expect((await asAdmin(["trust", "require", artifact])).code).toBe(0);
    expect(errorOf(await publish({ GATI_API_KEY: adminKey }))).toEqual({ code: 3, error: "denied" });
    expect((await asAdmin(["trust", "require", artifact, "--off"])).code).toBe(0);
    expect((await publish({ GATI_API_KEY: adminKey })).code).toBe(0);
    expect((await asAdmin(["trust", "remove", artifact, id])).code).toBe(0);
    expect(await listed()).toMatchObject({ trustedOnly: false, publishers: [] });
    expect((await asAdmin(["trust", "remove", artifact, id])).code).toBe(4);
  });

  it("takes any issuer that the operator configured, by claims", async () => {
    const add = (issuer: string, ...claims: string[]) =>
      asAdmin(["trust", "add", artifact, "--issuer", issuer, ...claims.flatMap((claim) => ["--claim", claim])]);
    expect((await add(scene.other.url, "sub=bot", "team=a=b")).json()).toMatchObject({
      conditions: { sub: "bot", team: "a=b" },
    });
    expect((await add("https://elsewhere.example", "sub=bot")).code).toBe(8);
    expect((await add(scene.other.url)).code).toBe(2);
  });

  it.each([[[]], [["--github", "owner"]], [["--github", "a/b"]], [["--github", "a/b", "--gitlab", "a/b"]]])(
    "add with %j is wrong use",
    async (options) => expect((await asAdmin(["trust", "add", artifact, ...options])).code).toBe(2),
  );
});

describe("gati token", () => {
  it("makes, lists, rotates and revokes keys, and whoami shows what one is for", async () => {
    const made = (
      await asAdmin([
        "token",
        "create",
        "ci",
        "--scope",
        "publish",
        "--for",
        artifact,
        "--from",
        "10.0.0.0/8",
        "--expires-in-days",
        "30",
      ])
    ).json<{ id: string; key: string }>();
    expect(made).toMatchObject({ name: "ci", reach: [artifact], networks: ["10.0.0.0/8"] });
    const { keys } = (await asAdmin(["token", "list"])).json<{ keys: { id: string }[] }>();
    expect(keys.map(({ id }) => id)).toContain(made.id);
    expect(JSON.stringify(keys)).not.toContain(made.key);

    const plain = await machine.gati(["token", "create", "near", "--scope", "read", "--for", artifact], {
      env: { GATI_API_KEY: adminKey },
    });
    expect(plain.stdout).toMatch(/^gati_[0-9A-Za-z]{36}\n$/);
    const who = await machine.gati(["whoami"], { env: { GATI_API_KEY: plain.stdout.trim() } });
    expect(who.stdout).toContain(`Scopes: read for ${artifact}`);

    const rotated = (await asAdmin(["token", "rotate", made.id, "--grace", "60"])).json<{ key: string }>();
    expect(rotated.key).not.toBe(made.key);
    expect((await asAdmin(["token", "revoke", made.id])).code).toBe(0);
    expect((await asAdmin(["token", "revoke", made.id])).code).toBe(4);
  });

  it.each([[["create", "x", "--scope", "root"]], [["create", "x"]], [["rotate", "x", "--grace", "soon"]]])(
    "%j is wrong use",
    async (args) => expect((await asAdmin(["token", ...args])).code).toBe(2),
  );
});
