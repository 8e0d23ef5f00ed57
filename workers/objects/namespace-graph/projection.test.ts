import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { unwrap } from "../../../core/errors.ts";
import { applyEvents, appliedSeq } from "../../domains/artifacts/projection.ts";
import { freshNamespace, publication, rows, withoutTable } from "../../testing/graph.ts";
import type { GraphEvent } from "./events.ts";

type Space = Awaited<ReturnType<typeof freshNamespace>>;

const tagsOf = ({ origin }: Space) =>
  rows<{ tag: string; digest: string }>(
    "SELECT t.tag, t.digest FROM tags t JOIN artifacts a ON a.id = t.artifact_id WHERE a.namespace_id = ? ORDER BY t.tag",
    origin.namespaceId,
  );
const versionsOf = async ({ origin }: Space) =>
  (
    await rows<{ version: string }>(
      "SELECT v.version FROM versions v JOIN artifacts a ON a.id = v.artifact_id WHERE a.namespace_id = ? ORDER BY v.version",
      origin.namespaceId,
    )
  ).map((row) => row.version);
const events = (space: Space) =>
  runInDurableObject(space.stub(), (_, state) =>
    state.storage.sql
      .exec<{ event: string }>("SELECT event FROM events ORDER BY seq")
      .toArray()
      .map((row) => JSON.parse(row.event) as GraphEvent),
  );

describe("a change is in D1 before it is answered", () => {
  it("or is refused whole when no row could hold its event", async () => {
    const space = await freshNamespace();
    const small = await publication("small", { version: "1.0.0" });
    const version = small.version && { ...small.version, manifest: { description: "x".repeat(2_000_000) } };
    const outcome = await space.run("publishManifest", { ...small, version });
    expect(outcome).toMatchObject({ ok: false, error: { code: "manifest_too_large" } });
    expect(await events(space)).toEqual([]);
    expect(unwrap(await space.run("publishManifest", small))).toEqual({ stored: true, changed: true, held: false });
  });

  it("so whoever publishes reads their own write", async () => {
    const space = await freshNamespace();
    const input = await publication("one", { version: "1.0.0" });
    expect(unwrap(await space.run("publishManifest", input))).toEqual({ stored: true, changed: true, held: false });
    expect(await versionsOf(space)).toEqual(["1.0.0"]);
    expect(await tagsOf(space)).toEqual(["1.0.0", "latest"].map((tag) => ({ tag, digest: input.manifest.digest })));
  });

  it("a refused command leaves no event and no row", async () => {
    const space = await freshNamespace();
    await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
    const refused = await space.run(
      "publishManifest",
      await publication("two", { version: "1.0.0", labels: ["moved"] }),
    );
    expect(refused).toMatchObject({ ok: false, error: { code: "version_exists" } });
    expect(await events(space)).toHaveLength(1);
    expect((await tagsOf(space)).map((row) => row.tag)).toEqual(["1.0.0", "latest"]);
  });
});

describe("when D1 fails", () => {
  it("the change is kept, the caller is told to repeat, and repeating finishes it", async () => {
    const space = await freshNamespace();
    const input = await publication("one", { version: "1.0.0" });
    const failed = await withoutTable("versions", () => space.run("publishManifest", input));
    expect(failed).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(await versionsOf(space)).toEqual([]);
    expect(await tagsOf(space)).toEqual([]);
    expect(unwrap(await space.run("publishManifest", input))).toEqual({ stored: false, changed: false, held: false });
    expect(await versionsOf(space)).toEqual(["1.0.0"]);
  });

  it("the alarm brings D1 up to date without anybody asking, as often as it takes", async () => {
    const space = await freshNamespace();
    await withoutTable("versions", async () => {
      await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
      await space.run("publishManifest", await publication("two", { version: "2.0.0" }));
      // The first try of the alarm meets the same failure, and leaves another one armed.
      expect(await runDurableObjectAlarm(space.stub())).toBe(true);
      expect(await versionsOfGone(space)).toEqual([]);
    });
    expect(await runDurableObjectAlarm(space.stub())).toBe(true);
    expect(await versionsOf(space)).toEqual(["1.0.0", "2.0.0"]);
    expect(await appliedSeq(env.DB, space.origin.namespaceId)).toBe(2);
  });

  it("an object that was evicted between commit and projection goes on where it was", async () => {
    const space = await freshNamespace();
    await withoutTable("versions", async () =>
      space.run("publishManifest", await publication("one", { version: "1.0.0" })),
    );
    await evictDurableObject(space.stub());
    expect(await runDurableObjectAlarm(space.stub())).toBe(true);
    expect(await versionsOf(space)).toEqual(["1.0.0"]);
    await evictDurableObject(space.stub());
    await space.run("publishManifest", await publication("two", { version: "2.0.0" }));
    expect(await versionsOf(space)).toEqual(["1.0.0", "2.0.0"]);
  });

  it("a later command of the same namespace projects what was left, in order", async () => {
    const space = await freshNamespace();
    await withoutTable("versions", async () =>
      space.run("publishManifest", await publication("one", { version: "1.0.0" })),
    );
    await space.run("publishManifest", await publication("two", { labels: ["edge"] }));
    expect(await versionsOf(space)).toEqual(["1.0.0"]);
    expect((await tagsOf(space)).map((row) => row.tag)).toEqual(["1.0.0", "edge", "latest"]);
  });

  it("and its answer was lost after D1 took the batch, nothing is applied twice", async () => {
    const space = await freshNamespace();
    await space.run("publishManifest", await publication("one", { version: "1.0.0" }));
    await runInDurableObject(space.stub(), (_, state) => state.storage.kv.put("applied", 0));
    expect(unwrap(await space.run("publishManifest", await publication("two", { version: "2.0.0" })))).toMatchObject({
      changed: true,
    });
    expect(await versionsOf(space)).toEqual(["1.0.0", "2.0.0"]);
    expect(await appliedSeq(env.DB, space.origin.namespaceId)).toBe(2);
  });
});

describe("applying events", () => {
  async function logOfThree() {
    const space = await freshNamespace();
    for (const version of ["1.0.0", "2.0.0", "3.0.0"])
      await space.run("publishManifest", await publication(version, { version }));
    const log = await events(space);
    // The same log for a namespace that D1 has nothing of yet.
    const copy = await freshNamespace();
    const text = JSON.stringify(log)
      .replaceAll(space.origin.namespace, copy.origin.namespace)
      .replaceAll(
        log[0]?.changes[0]?.type === "artifact.put" ? log[0].changes[0].artifact.id : "",
        crypto.randomUUID(),
      );
    return { copy, log: JSON.parse(text) as GraphEvent[] };
  }

  it.each([
    ["again", 0, 2, 0, 2],
    ["out of turn, too early", 0, 1, 2, 3],
    ["overlapping", 0, 2, 1, 3],
  ])("%s is refused whole and changes nothing", async (_, from, to, thenFrom, thenTo) => {
    const { copy, log } = await logOfThree();
    await applyEvents(env.DB, copy.origin.namespaceId, from, log.slice(from, to));
    const before = await versionsOf(copy);
    await expect(applyEvents(env.DB, copy.origin.namespaceId, thenFrom, log.slice(thenFrom, thenTo))).rejects.toThrow(
      /NOT NULL/,
    );
    expect(await versionsOf(copy)).toEqual(before);
    expect(await appliedSeq(env.DB, copy.origin.namespaceId)).toBe(to);
  });

  it("one at a time or all at once leads to the same tables", async () => {
    const { copy, log } = await logOfThree();
    for (const [at, event] of log.entries()) await applyEvents(env.DB, copy.origin.namespaceId, at, [event]);
    const single = { tags: await tagsOf(copy), versions: await versionsOf(copy) };
    const { copy: other, log: whole } = await logOfThree();
    await applyEvents(env.DB, other.origin.namespaceId, 0, whole);
    expect({ tags: await tagsOf(other), versions: await versionsOf(other) }).toEqual(single);
  });

  it("two racing projections apply each event once", async () => {
    const { copy, log } = await logOfThree();
    const racing = await Promise.allSettled(
      Array.from({ length: 5 }, () => applyEvents(env.DB, copy.origin.namespaceId, 0, log)),
    );
    expect(racing.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(await versionsOf(copy)).toEqual(["1.0.0", "2.0.0", "3.0.0"]);
  });
});

/** While the table is renamed. */
const versionsOfGone = ({ origin }: Space) =>
  rows(
    "SELECT v.version FROM versions_gone v JOIN artifacts a ON a.id = v.artifact_id WHERE a.namespace_id = ?",
    origin.namespaceId,
  );
