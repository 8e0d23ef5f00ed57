import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { unwrap } from "../../../core/errors.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";

/** The graph's tables as they were made before there were shortcuts. */
const older = `
DROP INDEX versions_by_precedence; DROP INDEX versions_by_digest; DROP INDEX tags_by_digest; DROP TABLE version_counts;
ALTER TABLE versions DROP COLUMN precedence;`;

it("a graph from before the shortcuts gets them, with what they would hold", async () => {
  const { run, stub, origin } = await freshNamespace();
  const publish = async (version: string) =>
    unwrap(await run("publishManifest", await publication(version, { version })));
  for (const version of ["1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1"]) await publish(version);
  unwrap(await run("unpublish", { name: "thing", version: "1.0.0" as never }));
  const shortcuts = () =>
    runInDurableObject(stub(), (_, { storage: { sql } }) => ({
      versions: sql.exec("SELECT version, precedence FROM versions ORDER BY version").toArray(),
      counts: sql.exec("SELECT state, count FROM version_counts WHERE count > 0 ORDER BY state").toArray(),
    }));
  const before = await shortcuts();
  expect(before.counts).toEqual([
    { state: "published", count: 3 },
    { state: "unpublished", count: 1 },
  ]);
  await runInDurableObject(stub(), (_, { storage }) => void storage.sql.exec(older));
  await evictDurableObject(stub());
  expect(await shortcuts()).toEqual(before);
  await publish("1.11.0");
  expect(
    await rows("SELECT latest_version, version_count FROM artifacts WHERE namespace_id = ?", origin.namespaceId),
  ).toEqual([{ latest_version: "1.11.0", version_count: 4 }]);
});
