import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { ChainCheck } from "../../../core/audit/chain.ts";
import type { AuditEntry } from "../../../core/audit/entry.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";
import { verbContext } from "../../testing/account.ts";
import { auditInsert, auditNote, sealAudit, sealLeftovers } from "./index.ts";

const { ctx } = verbContext();
const waiting = (chain: string) => rows("SELECT number FROM audit_outbox WHERE chain = ?", chain);

async function logOf(namespaceId: string) {
  const { entries } = await ctx.graph(namespaceId).auditPage(0, 1_000_000);
  const parsed = entries.map((entry) => JSON.parse(entry) as AuditEntry);
  const check = new ChainCheck(namespaceId);
  for (const entry of parsed) check.add(entry);
  expect(check.broken).toBeUndefined();
  return parsed.map(({ action, target }) => `${action} ${target}`);
}

async function write(namespaceId: string, target: string, onlyIf = sql`TRUE`) {
  const note = auditNote(ctx, { namespaceId }, "thing.done", target);
  await drizzle(env.DB).batch([auditInsert(drizzle(env.DB), note, onlyIf)]);
  return note;
}

describe("audit records that D1 holds", () => {
  it("wait in D1 and get a place in the chain, in the order of their commits, with those of the graph", async () => {
    const { origin, run } = await freshNamespace();
    const { namespaceId, namespace } = origin;
    await write(namespaceId, "one");
    await sealAudit(ctx, await write(namespaceId, "two"));
    await run("publishManifest", await publication("x", { version: "1.0.0" }));
    await sealAudit(ctx, await write(namespaceId, "three"));
    expect(await waiting(namespaceId)).toEqual([]);
    expect(await logOf(namespaceId)).toEqual([
      "thing.done one",
      "thing.done two",
      `manifest.publish ${namespace}/thing`,
      "thing.done three",
    ]);
  });

  it("are not written where their condition does not hold", async () => {
    const { origin } = await freshNamespace();
    await write(origin.namespaceId, "never", sql`EXISTS (SELECT 1 FROM users WHERE id = 'nobody')`);
    expect(await waiting(origin.namespaceId)).toEqual([]);
  });

  it("are found by the handle of their namespace too", async () => {
    const { origin } = await freshNamespace();
    const handle = origin.namespace.slice("users/".length) as never;
    const note = auditNote(ctx, { handle }, "session.opened", handle);
    await drizzle(env.DB).batch([auditInsert(drizzle(env.DB), note)]);
    await sealAudit(ctx, note);
    expect(await logOf(origin.namespaceId)).toEqual([`session.opened ${handle}`]);
  });

  it("enter the chain once, however often and by however many they are sealed", async () => {
    const { origin } = await freshNamespace();
    const { namespaceId } = origin;
    const notes = Array.from({ length: 120 }, (_, n) => auditNote(ctx, { namespaceId }, "thing.done", `${n}`));
    const db = drizzle(env.DB);
    await db.batch(notes.map((note) => auditInsert(db, note)) as never);
    await Promise.all(Array.from({ length: 4 }, () => sealAudit(ctx, { namespaceId })));
    // As if the row could not be deleted after it was sealed.
    await db.batch([auditInsert(db, notes[7] as never)]);
    await sealLeftovers(ctx);
    expect(await waiting(namespaceId)).toEqual([]);
    expect(await logOf(namespaceId)).toEqual(notes.map((_, n) => `thing.done ${n}`));
  });
});
