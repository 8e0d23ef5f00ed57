import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { Version } from "../../../core/versions.ts";
import { appliedSeq } from "../../domains/artifacts/projection.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";
import type { GraphEvent } from "./events.ts";
import type { Restored, RestoreInput } from "./restore.ts";

type Space = Awaited<ReturnType<typeof freshNamespace>>;

/** A history with everything that a command can leave behind. */
async function history(): Promise<Space> {
  const space = await freshNamespace();
  const name = "thing" as never;
  const member = await publication("member");
  const publish = async (...args: Parameters<typeof publication>) =>
    unwrap(await space.run("publishManifest", await publication(...args)));
  await space.run("publishManifest", member);
  await publish("index", { version: "1.0.0", children: [member.manifest.digest] });
  await publish("two", { version: "2.0.0", labels: ["stable"] });
  await publish("three", { version: "3.0.0-rc.1" });
  await space.run("deprecate", { name, version: "2.0.0" as Version, message: "old" });
  await space.run("deprecate", { name, version: "2.0.0" as Version, message: null });
  await publish("four", { version: "4.0.0" });
  await space.run("unpublish", { name, version: "4.0.0" as Version });
  await publish("by hand", { version: "1.0.0", labels: ["latest"], name: "manual" });
  await publish("later", { version: "2.0.0", name: "manual" });
  await publish("gone", { labels: ["gone"] });
  await space.run("deleteManifest", { name, digest: (await publication("gone")).manifest.digest });
  await publish("five", { version: "0.1.0", labels: ["latest"], name: "fixed" });
  await space.run("deleteTag", { name: "fixed" as never, tag: "latest" });
  await publish("six", { version: "0.2.0", name: "fixed" });
  await space.run("setVisibility", { name, visibility: "private" });
  unwrap(await space.run("rename", { name, to: "other" as never }));
  await publish("seven", { version: "5.0.0", name: "other" });
  unwrap(await space.run("rename", { name: "other" as never, to: "third" as never }));
  return space;
}

const tables = ["artifacts", "former_names", "manifests", "children", "tags", "versions"] as const;

/** Everything that a graph keeps of its own. */
const stateOf = (space: Space) =>
  runInDurableObject(space.stub(), (_, state) =>
    tables.map((table) => state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
  );

const logOf = async (space: Space) => (await space.stub().log(0, 100_000_000)) as unknown as GraphEvent[];

const restore = async (space: Space, input: RestoreInput) =>
  (await space.stub().restore(space.origin.namespaceId, input)) as Outcome<Restored>;

/** The same log as of another namespace: D1 holds the first one's rows already. */
function moved(log: readonly GraphEvent[], from: Space, to: Space): GraphEvent[] {
  const ids = new Set(
    log.flatMap(({ changes }) => changes.flatMap((one) => (one.type === "artifact.put" ? [one.artifact.id] : []))),
  );
  let text = JSON.stringify(log).replaceAll(from.origin.namespace, to.origin.namespace);
  for (const id of ids) text = text.replaceAll(id, `${to.origin.namespaceId}-${[...ids].indexOf(id)}`);
  return JSON.parse(text) as GraphEvent[];
}

/** Tables without ids and times of their own. */
const comparable = (state: unknown, log: readonly GraphEvent[]) => {
  let text = JSON.stringify(state);
  const ids = log.flatMap(({ changes }) =>
    changes.flatMap((one) => (one.type === "artifact.put" ? [one.artifact.id] : [])),
  );
  for (const id of new Set(ids)) text = text.replaceAll(id, `artifact-${[...new Set(ids)].indexOf(id)}`);
  return (JSON.parse(text) as { artifact_id?: string }[][]).map((table) =>
    table.map((row) => JSON.stringify(row)).toSorted(),
  );
};

const projected = (space: Space) =>
  rows(
    `SELECT a.name, a.visibility, a.latest_version, a.version_count, v.version, v.digest, v.state, v.deprecation, v.published_at, v.published_by
     FROM artifacts a LEFT JOIN versions v ON v.artifact_id = a.id WHERE a.namespace_id = ? ORDER BY a.name, v.version`,
    space.origin.namespaceId,
  );

describe("a log that is restored into an empty graph", () => {
  it.each([
    ["as it is written now", (log: GraphEvent[]) => log],
    [
      "as it was written before it said what moved by itself",
      (log: GraphEvent[]) =>
        JSON.parse(
          JSON.stringify(log, (key, value: unknown) => (key === "automatic" ? undefined : value)),
        ) as GraphEvent[],
    ],
  ])("leads to the same tables, log and projection: %s", async (_, written) => {
    const space = await history();
    const copy = await freshNamespace();
    const log = moved(written(await logOf(space)), space, copy);
    const { length } = log;
    expect(unwrap(await restore(copy, { events: log.slice(0, 4), through: length }))).toEqual({ before: 0, seq: 4 });
    expect(unwrap(await restore(copy, { events: log.slice(2, 9), through: length }))).toEqual({ before: 4, seq: 9 });
    expect(unwrap(await restore(copy, { events: log.slice(9), through: length }))).toEqual({ before: 9, seq: length });

    expect(comparable(await stateOf(copy), log)).toEqual(comparable(await stateOf(space), await logOf(space)));
    expect(await logOf(copy)).toEqual(log);
    expect(await projected(copy)).toEqual(await projected(space));
    expect(await appliedSeq(env.DB, copy.origin.namespaceId)).toBe(length);
  });

  it("takes commands only when the whole log is there", async () => {
    const space = await history();
    const copy = await freshNamespace();
    const log = moved(await logOf(space), space, copy);
    unwrap(await restore(copy, { events: log.slice(0, -1), through: log.length }));
    const next = await publication("next", { version: "9.0.0", name: "third" });
    expect(await copy.run("publishManifest", next)).toMatchObject({ ok: false, error: { code: "unavailable" } });
    unwrap(await restore(copy, { events: log.slice(-1), through: log.length }));
    expect(unwrap(await copy.run("publishManifest", next))).toMatchObject({ changed: true });
    const again = await publication("again", { version: "4.0.0", name: "third" });
    expect(await copy.run("publishManifest", again)).toMatchObject({ ok: false, error: { code: "version_gone" } });
    const under = await publication("under a former name", { version: "9.1.0", name: "other" });
    expect(await copy.run("publishManifest", under)).toMatchObject({ ok: false, error: { code: "name_taken" } });
  });
});

describe("a restore is refused", () => {
  it("when an event is missing, and takes nothing of that page", async () => {
    const space = await history();
    const copy = await freshNamespace();
    const log = moved(await logOf(space), space, copy);
    const torn = [...log.slice(0, 2), ...log.slice(3)];
    expect(await restore(copy, { events: torn, through: log.length })).toMatchObject({
      ok: false,
      error: { code: "invalid_request", details: { seq: 2 } },
    });
    expect(await logOf(copy)).toEqual([]);
    expect(comparable(await stateOf(copy), log).flat()).toEqual([]);
  });

  it("by a graph that has a history of its own", async () => {
    const space = await history();
    const log = await logOf(space);
    const more = log.map((event) => ({ ...event, seq: event.seq + log.length }));
    expect(await restore(space, { events: more, through: 2 * log.length })).toMatchObject({
      ok: false,
      error: { code: "already_done" },
    });
    expect(await logOf(space)).toEqual(log);
  });
});
