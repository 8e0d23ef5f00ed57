import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { ChainCheck } from "../../../core/audit/chain.ts";
import type { AuditEntry } from "../../../core/audit/entry.ts";
import { type Client, pushBlob, signUp } from "../../testing/client.ts";

let ann: Client;
let bob: Client;
const secrets: string[] = [];

beforeAll(async () => {
  ann = await signUp();
  bob = await signUp();
  secrets.push(ann.authorization.slice("Bearer ".length));
});

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const logPath = (client: Client) => `/api/v1/namespaces/users/${client.handle}/audit`;

interface Page {
  chain: string;
  entries: AuditEntry[];
  head: { seq: number; hash: string };
  signedHead: string;
}

async function logOf(client: Client, reader = client): Promise<Page> {
  const response = await reader.send("GET", logPath(client));
  expect(response.status).toBe(200);
  return response.json<Page>();
}

const check = ({ chain, entries }: Pick<Page, "chain" | "entries">) => {
  const following = new ChainCheck(chain);
  for (const entry of entries) following.add(entry);
  return following;
};

async function key(client: Client, more: object = {}) {
  const made = await client.send("POST", "/api/v1/auth/keys", json({ name: "k", scopes: ["admin"], ...more }));
  const { id, key: secret } = await made.json<{ id: string; key: string }>();
  secrets.push(secret);
  return {
    id,
    secret,
    send: (path: string) => client.send("GET", path, { headers: { Authorization: `Bearer ${secret}` } }),
  };
}

describe("the audit log of a namespace", () => {
  it("tells who did what, when and by which credential, in the order of doing, and follows its own hashes", async () => {
    const before = Date.now() - 60_000;
    const { id } = await key(ann);
    await ann.send("POST", `/api/v1/auth/keys/${id}/rotate`, json({}));
    await ann.send("PATCH", `/api/v1/auth/keys/${id}`, json({ name: "other" }));
    await ann.send("DELETE", `/api/v1/auth/keys/${id}`);
    const config = await pushBlob(ann, ann.repository("thing"), "{}");
    const manifest = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [config],
    };
    const pushed = await ann.send("PUT", `/v2/${ann.repository("thing")}/manifests/1.0.0`, {
      body: JSON.stringify(manifest),
      headers: { "Content-Type": manifest.mediaType },
    });
    expect(pushed.status).toBe(201);
    const log = await logOf(ann);
    expect(check(log).broken).toBeUndefined();
    expect(check(log).head).toEqual(log.head);
    expect(log.entries.map(({ action }) => action)).toEqual([
      "account.created",
      "session.opened",
      "key.created",
      "key.rotated",
      "key.renamed",
      "key.revoked",
      "manifest.publish",
    ]);
    const last = log.entries.at(-1);
    expect(last).toMatchObject({
      target: ann.repository("thing"),
      origin: { actor: { kind: "user", handle: ann.handle }, credential: { kind: "session" } },
    });
    for (const { at, origin } of log.entries) {
      expect(at).toBeGreaterThan(before);
      expect(origin.request).toMatch(/^[\w-]{8,}$/);
    }
  });

  it("has no entry for what was refused or changed nothing", async () => {
    const { head } = await logOf(bob);
    await bob.send("DELETE", "/api/v1/auth/keys/none");
    await bob.send("POST", "/api/v1/auth/keys/none/rotate", json({}));
    await bob.send("DELETE", "/api/v1/auth/sessions/none");
    await bob.send("PUT", `/api/v1/namespaces/users/${ann.handle}/members/${bob.handle}`, json({ role: "owner" }));
    expect((await logOf(bob)).head).toEqual(head);
  });

  it("holds no secret", async () => {
    const text = JSON.stringify([await logOf(ann), await logOf(bob)]);
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).not.toContain("correct horse");
  });

  it("comes as JSON lines too, from any entry on", async () => {
    const { entries } = await logOf(ann);
    const response = await ann.send("GET", `${logPath(ann)}/export?after=2`);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as AuditEntry)).toEqual(entries.slice(2));
  });
});

describe("attack: audit log", () => {
  it.each(["", "/export"])("somebody else reads it%s: as if the caller had no role", async (more) => {
    expect((await bob.send("GET", `${logPath(ann)}${more}`)).status).toBe(403);
    const { status } = await bob.send("GET", `${logPath(ann)}${more}`, { headers: { Authorization: "" } });
    expect(status).toBe(401);
  });

  it("a member who writes reads it", async () => {
    const path = `/api/v1/namespaces/users/${ann.handle}/members/${bob.handle}`;
    await ann.send("PUT", path, json({ role: "write" }));
    expect((await bob.send("GET", logPath(ann))).status).toBe(403);
  });

  it("a key without the scope admin reads it", async () => {
    const narrow = await key(ann, { scopes: ["publish"] });
    expect((await narrow.send(logPath(ann))).status).toBe(403);
  });

  it("a key that is for one artifact reads it", async () => {
    const narrow = await key(ann, { reach: [ann.repository("thing")] });
    expect((await narrow.send(logPath(ann))).status).toBe(403);
  });

  it("no operator reads the installation's log", async () => {
    for (const more of ["", "/export"]) expect((await ann.send("GET", `/api/v1/admin/audit${more}`)).status).toBe(403);
  });

  it.each(["-1", "1.5", "x", "1e99"])("the position %s is refused, not guessed at", async (after) => {
    expect((await ann.send("GET", `${logPath(ann)}?after=${after}`)).status).toBe(400);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("%s: there is no way to write it", async (method) => {
    const { head } = await logOf(ann);
    expect((await ann.send(method, logPath(ann), json({ entries: [] }))).status).toBeGreaterThanOrEqual(400);
    expect((await logOf(ann)).head).toEqual(head);
  });

  const tamper = (chain: string, sql: string, ...values: (string | number)[]) =>
    runInDurableObject(env.GRAPHS.get(env.GRAPHS.idFromName(chain)), (_, { storage }) =>
      storage.transactionSync(() => {
        const before = storage.sql.exec("SELECT * FROM audit ORDER BY seq").toArray();
        storage.sql.exec(sql, ...values);
        return () => {
          storage.sql.exec("DELETE FROM audit");
          for (const { seq, id, entry } of before)
            storage.sql.exec("INSERT INTO audit VALUES (?, ?, ?)", seq, id, entry);
        };
      }),
    );

  it.each([
    [
      "changes an entry",
      "UPDATE audit SET entry = replace(entry, 'key.rotated', 'key.renamed') WHERE seq = 4",
      "edited",
    ],
    ["takes an entry out", "DELETE FROM audit WHERE seq = 4", "gap"],
    ["takes the first entry out", "DELETE FROM audit WHERE seq = 1", "gap"],
    [
      "closes the gap by numbering anew",
      `DELETE FROM audit WHERE seq = 4;
       UPDATE audit SET seq = seq - 1, entry = json_set(entry, '$.seq', seq - 1) WHERE seq > 4`,
      "edited",
    ],
  ])("somebody with the storage %s: verification finds it", async (_, sql, kind) => {
    const { chain } = await logOf(ann);
    const undo = await tamper(chain, sql);
    expect(check(await logOf(ann)).broken?.kind).toBe(kind);
    await runInDurableObject(env.GRAPHS.get(env.GRAPHS.idFromName(chain)), () => undo());
    expect(check(await logOf(ann)).broken).toBeUndefined();
  });

  it("somebody with the storage cuts the end off: the head that was signed before gives it away", async () => {
    const { chain, signedHead, head } = await logOf(ann);
    const signed = JSON.parse(
      atob((signedHead.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")),
    ) as object;
    expect(signed).toMatchObject({ chain, ...head });
    const undo = await tamper(chain, "DELETE FROM audit WHERE seq > ?", head.seq - 2);
    const cut = await logOf(ann);
    expect(check(cut).broken).toBeUndefined();
    expect(cut.head.seq).toBeLessThan(head.seq);
    await runInDurableObject(env.GRAPHS.get(env.GRAPHS.idFromName(chain)), () => undo());
  });
});
