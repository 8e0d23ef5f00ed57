import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { freshReads } from "../../tests/contracts/fresh-reads/property.ts";
import type { Servers } from "../../tests/contracts/fresh-reads/world.ts";
import { app } from "../app.ts";
import { type Client, signUp } from "../testing/client.ts";

let now: number;
let clients: { writer: Client; member: Client };
beforeEach(async () => {
  now = performance.now();
  clients = { writer: await signUp(), member: await signUp() };
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** Writes that go on. */
let writing = 0;
/** How late answers of the database come while something is written, in milliseconds: what they say may be over by then. */
const delays = [0, 8, 0, 30];

function slowDuringWrites(db: D1Database): D1Database {
  let batches = 0;
  const slow = {
    prepare: (query: string) => db.prepare(query),
    async batch(statements: D1PreparedStatement[]) {
      const answer = await db.batch(statements);
      if (writing > 0) await scheduler.wait(delays[batches++ % delays.length] ?? 0);
      return answer;
    },
  };
  return slow as unknown as D1Database;
}

/** Two isolates: what one remembers belongs to its environment, and everything behind it is shared. */
async function twoIsolates(): Promise<Servers> {
  const isolates = [env, env].map(({ ...shared }) => ({ ...shared, DB: slowDuringWrites(env.DB) }));
  const { writer, member } = clients;
  const json = { "Content-Type": "application/json" };
  const organization = `org-of-${writer.handle}`;
  await writer.send("POST", "/api/v1/orgs", { body: JSON.stringify({ handle: organization }), headers: json });
  const invited = await writer.send("POST", `/api/v1/namespaces/orgs/${organization}/invitations`, {
    body: JSON.stringify({ handle: member.handle, role: "read" }),
    headers: json,
  });
  const { id } = await invited.json<{ id: string }>();
  const accepted = JSON.stringify({ id, accept: true });
  await member.send("POST", "/api/v1/account/invitations/answer", { body: accepted, headers: json });
  return {
    count: isolates.length,
    organization,
    now: () => now,
    advance: (ms) => void (now += ms),
    async send(at, caller, request) {
      const headers = new Headers(request.type ? { "Content-Type": request.type } : {});
      if (caller !== "stranger") headers.set("Authorization", clients[caller].authorization);
      const { method, path: target, body } = request;
      const asked = new Request(`http://registry.test${target}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      const answer = app.fetch(asked, isolates[at]!, createExecutionContext());
      if (caller !== "writer" || method === "GET" || method === "HEAD") return answer;
      writing += 1;
      return Promise.resolve(answer).finally(() => {
        writing -= 1;
      });
    },
  };
}

it("P9, P20: a change shows at once where it was made, and everywhere within two seconds", async () => {
  await expect(freshReads(await twoIsolates(), 60)).resolves.toBeUndefined();
}, 240_000);
