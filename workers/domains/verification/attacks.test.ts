import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { memoryOf } from "../../context.ts";
import { type Client, signUp } from "../../testing/client.ts";
import { verbContext } from "../../testing/account.ts";
import { answered, pushImage, refusal, statusOf } from "../../testing/organisation.ts";
import { outsideWorld } from "../../testing/outside.ts";
import { checkDueVerifications } from "./index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly proof: string;
  readonly finding?: string;
}

let world: ReturnType<typeof outsideWorld>;
let owner: Client;

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const pathOf = ({ handle }: Client) => `/api/v1/namespaces/users/${handle}/verifications`;
const post = (who: Client, path: string, body?: unknown) =>
  who.send("POST", path, body === undefined ? {} : json(body));
const start = (subject: string, kind = "domain", who = owner) =>
  answered<Shown>(post(who, pathOf(who), { kind, subject }));
const check = (id: string, who = owner) => answered<Shown>(post(who, `${pathOf(who)}/${id}/check`));

async function verified(domain: string, who = owner): Promise<Shown> {
  const started = await start(domain, "domain", who);
  world.dns(domain, [started.proof]);
  expect((await check(started.id, who)).state).toBe("verified");
  return started;
}

async function badgeOf(who: Client): Promise<string[]> {
  const { publisher } = await answered<{ publisher: { verified: { subject: string }[] } }>(
    who.send("GET", `/api/v1/namespaces/users/${who.handle}`),
  );
  return publisher.verified.map(({ subject }) => subject);
}

const day = 24 * 60 * 60 * 1000;

/** Runs the schedule's checks as on a later day; all that is verified is due then. */
async function daysLater(days: number): Promise<void> {
  const { ctx } = verbContext();
  await checkDueVerifications({ ...ctx, now: () => Date.now() + days * day, reads: memoryOf(env).reads });
}

beforeEach(async () => {
  vi.restoreAllMocks();
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  await env.DB.prepare("DELETE FROM verifications").run();
  owner = await signUp();
  world = outsideWorld();
});

describe("attack: publishers who are not who they say", () => {
  it.each([
    ["an IPv4 address", "127.0.0.1"],
    ["an address of the cloud's metadata", "169.254.169.254"],
    ["an IPv4 address as a number", "2130706433"],
    ["an IPv4 address in hexadecimal", "0x7f000001"],
    ["an IPv4 address in octal", "0177.0.0.1"],
    ["a short IPv4 address", "127.1"],
    ["an IPv6 address", "[::1]"],
    ["an IPv6 address that wraps an IPv4 one", "[::ffff:169.254.169.254]"],
    ["localhost", "localhost"],
    ["a name of this machine's own network", "db.internal"],
    ["a name that ends in a dot", "localhost."],
    ["a name without dots", "intranet"],
    ["a port", "example.com:8080"],
    ["credentials", "user:secret@example.com"],
    ["a user that hides the host", "example.com@169.254.169.254"],
    ["a path", "example.com/../admin"],
    ["a query", "example.com?x=1"],
    ["a fragment", "example.com#x"],
    ["another scheme", "file://example.com"],
    ["a backslash", "example.com\\@internal.example"],
    ["letters that look like others", "exаmple.com"],
    ["a full-width dot", "example。com"],
    ["a line break", "example.com\r\nHost: internal"],
    ["an encoded slash", "example.com%2fadmin"],
    ["too long a name", `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.com`],
    ["an empty label", "example..com"],
    ["the root of the reverse zone", "1.0.0.127.in-addr.arpa"],
  ])("nothing outside is asked for %s", async (_, domain) => {
    expect(await refusal(post(owner, pathOf(owner), { kind: "domain", subject: domain }))).toEqual([
      400,
      "invalid_request",
    ]);
    expect(world.asked).toEqual([]);
  });

  it.each(["octo/../../x", "octo?x", "-octo", "octo..cat", "a".repeat(40), "octo%2f"])(
    "an account called %s is none",
    async (account) => {
      expect((await refusal(post(owner, pathOf(owner), { kind: "github", subject: account })))[0]).toBe(400);
    },
  );

  it.each([
    ["redirects to a private address", () => Response.redirect("http://169.254.169.254/latest/meta-data", 302)],
    ["redirects to another domain that has the proof", () => Response.redirect("https://other.example/", 301)],
    ["answers without end", () => new Response("x".repeat(64 * 1024))],
    ["breaks off", () => Promise.reject(new TypeError("connection lost"))],
    ["fails", () => new Response("no", { status: 500 })],
    ["answers with a page that talks about the proof", () => new Response("<p>gati-verification=</p>")],
  ])("a domain that %s proves nothing", async (_, answer) => {
    const { id } = await start("redirecting.example");
    world.dns("redirecting.example", null);
    world.file("redirecting.example", answer);
    expect(await check(id)).toMatchObject({ state: "pending" });
    expect(await badgeOf(owner)).toEqual([]);
    expect(world.asked.every((url) => !url.includes("169.254") && !url.includes("other.example"))).toBe(true);
  });

  it("the challenge of another namespace proves nothing", async () => {
    const mallory = await signUp();
    const mine = await start("shared.example");
    const theirs = await start("shared.example", "domain", mallory);
    world.dns("shared.example", [mine.proof]);
    expect(await check(theirs.id, mallory)).toMatchObject({ state: "pending", finding: "absent" });
    expect(await check(mine.id)).toMatchObject({ state: "verified" });
    expect(await badgeOf(mallory)).toEqual([]);
  });

  it("the proof of another domain proves nothing", async () => {
    const { id } = await start("target.example");
    const mine = await start("mine.example");
    world.dns("mine.example", [mine.proof]);
    world.dns("target.example", ["gati-verification=x"]);
    expect(await check(id)).toMatchObject({ state: "pending" });
  });

  it("a proof from before a removal is good for nothing", async () => {
    const first = await verified("again.example");
    expect((await owner.send("DELETE", `${pathOf(owner)}/${first.id}`)).status).toBe(204);
    expect(await badgeOf(owner)).toEqual([]);
    const second = await start("again.example");
    expect(second.proof).not.toBe(first.proof);
    expect(await check(second.id)).toMatchObject({ state: "pending", finding: "absent" });
    expect((await refusal(post(owner, `${pathOf(owner)}/${first.id}/check`)))[0]).toBe(404);
  });

  it("a check that was under way when it was removed verifies nothing", async () => {
    const started = await start("racing.example");
    world.dnsAnswers("racing.example", async () => {
      await owner.send("DELETE", `${pathOf(owner)}/${started.id}`);
      return Response.json({ Status: 0, Answer: [{ type: 16, data: `"${started.proof}"` }] });
    });
    expect((await refusal(post(owner, `${pathOf(owner)}/${started.id}/check`)))[0]).toBe(404);
    expect(await badgeOf(owner)).toEqual([]);
  });

  it("nobody else starts, sees, checks or removes a verification", async () => {
    const mallory = await signUp();
    const { id } = await start("mine.example");
    expect((await refusal(post(mallory, pathOf(owner), { kind: "domain", subject: "evil.example" })))[0]).toBe(403);
    expect((await refusal(mallory.send("GET", pathOf(owner))))[0]).toBe(403);
    expect((await refusal(post(mallory, `${pathOf(owner)}/${id}/check`)))[0]).toBe(403);
    expect((await refusal(mallory.send("DELETE", `${pathOf(owner)}/${id}`)))[0]).toBe(403);
    // Nor by way of a namespace of their own.
    expect((await refusal(post(mallory, `${pathOf(mallory)}/${id}/check`)))[0]).toBe(404);
    expect((await refusal(mallory.send("DELETE", `${pathOf(mallory)}/${id}`)))[0]).toBe(404);
  });

  it("a namespace does not pile up challenges", async () => {
    for (let count = 0; count < 20; count++) await start(`d${count}.example`);
    expect(await refusal(post(owner, pathOf(owner), { kind: "domain", subject: "more.example" }))).toEqual([
      403,
      "denied",
    ]);
  });

  it("the badge goes when the proof has been gone for three checks over three days, and the owner is told", async () => {
    const { id } = await verified("leaving.example");
    await env.DB.prepare("UPDATE users SET email = 'o@example.com', email_verified_at = 1 WHERE handle = ?")
      .bind(owner.handle)
      .run();
    world.dns("leaving.example", null);
    world.file("leaving.example", () => new Response("", { status: 404 }));
    for (const days of [1, 2, 3]) {
      await daysLater(days);
      expect(await badgeOf(owner)).toEqual(["leaving.example"]);
    }
    await daysLater(4);
    expect(await badgeOf(owner)).toEqual([]);
    const { results } = await env.DB.prepare("SELECT subject FROM outbox WHERE recipient = 'o@example.com'").all();
    expect(results).toEqual([{ subject: `users/${owner.handle} is no longer verified as leaving.example` }]);
    // The old token does not bring it back, even when it is there again.
    expect((await refusal(post(owner, `${pathOf(owner)}/${id}/check`)))[0]).toBe(403);
    const again = await start("leaving.example");
    expect(again.state).toBe("pending");
  });

  it("a resolver that does not answer takes no badge in three days, and asking by hand takes none at all", async () => {
    const { id } = await verified("patient.example");
    world.dnsAnswers("patient.example", undefined);
    for (const days of [1, 2, 3, 4, 5]) await daysLater(days);
    for (let count = 0; count < 5; count++) await check(id);
    expect(await badgeOf(owner)).toEqual(["patient.example"]);
    await daysLater(16);
    expect(await badgeOf(owner)).toEqual([]);
  });

  it("a proof that moves from DNS to the file keeps the badge", async () => {
    const { proof } = await verified("moving.example");
    world.dns("moving.example", null);
    world.file("moving.example", () => new Response(`${proof}\n`));
    for (const days of [1, 2, 3, 4, 5]) await daysLater(days);
    expect(await badgeOf(owner)).toEqual(["moving.example"]);
  });

  it("a GitHub account is proved by its own repository, and by no other", async () => {
    const { id, proof } = await start("Octo-Cat", "github");
    world.github("somebody", () => new Response(proof));
    expect(await check(id)).toMatchObject({ state: "pending", finding: "unreachable" });
    world.github("octo-cat", () => new Response(proof));
    expect(await check(id)).toMatchObject({ state: "verified" });
  });

  it("every change is in the audit log", async () => {
    const { id } = await verified("logged.example");
    await owner.send("DELETE", `${pathOf(owner)}/${id}`);
    const stub = env.GRAPHS.get(
      env.GRAPHS.idFromName(
        (await env.DB.prepare("SELECT id FROM namespaces WHERE handle = ?").bind(owner.handle).first<string>("id")) ??
          "",
      ),
    );
    await vi.waitFor(async () => {
      const { entries } = await stub.auditPage(0, 1_000_000);
      const actions = entries.map((entry) => (JSON.parse(entry) as { action: string }).action);
      for (const action of ["started", "verified", "removed"]) expect(actions).toContain(`verification.${action}`);
    });
  });

  it("the badge is on the namespace, its artifacts and their versions, and on nobody else's", async () => {
    const other = await signUp();
    const mine = owner.repository("thing");
    await pushImage(owner, mine, "1.0.0");
    await pushImage(other, other.repository("thing"), "1.0.0");
    await verified("shown.example");
    const badge = { verified: [{ kind: "domain", subject: "shown.example" }] };
    for (const path of [`/api/v1/artifacts/${mine}`, `/api/v1/artifacts/${mine}/versions/1.0.0`])
      expect(await answered(owner.send("GET", path))).toMatchObject({ publisher: badge });
    expect(await answered(owner.send("GET", `/api/v1/artifacts/${other.repository("thing")}`))).toMatchObject({
      publisher: { verified: [] },
    });
    expect(await (await owner.send("GET", `/${mine}`)).text()).toContain("✓ shown.example");
    expect(await (await owner.send("GET", `/users/${owner.handle}`)).text()).toContain("✓ shown.example");
    expect(await (await owner.send("GET", `/users/${other.handle}`)).text()).not.toContain("✓");
    expect(await statusOf(other, pathOf(other))).toBe(200);
  });
});
