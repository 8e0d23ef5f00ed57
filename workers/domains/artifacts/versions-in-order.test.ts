import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { precedenceOf } from "../../../core/version-order.ts";
import { freshNamespace, publication, rows } from "../../testing/graph.ts";

const migration = env.TEST_MIGRATIONS.find(({ name }) => name.endsWith("versions_in_order.sql"));
const backfill = migration?.queries.filter((query) => /^(\s*--.*\n)*\s*UPDATE/m.test(query)) ?? [];

it("gives rows from before the migration what the projection gives to new ones", async () => {
  const versions = ["1.0.0", "0.10.2", "20.3.4-rc.1", "1.0.0-0", "1.0.0-alpha-x.12.b--", "3.0.0-1234567890123"];
  const { run } = await freshNamespace();
  for (const version of versions) await run("publishManifest", await publication(version, { version }));
  await run("publishManifest", await publication("labelled", { labels: ["main", "1.2"] }));
  const read = async () => ({
    versions: await rows("SELECT version, precedence FROM versions ORDER BY version"),
    tags: await rows("SELECT tag, label FROM tags ORDER BY tag"),
  });
  const projected = await read();
  expect(projected.versions).toEqual(
    versions.toSorted().map((version) => ({ version, precedence: precedenceOf(version as never) })),
  );
  expect(projected.tags.filter((row) => (row as { label: number }).label === 1)).toEqual(
    ["1.2", "latest", "main"].map((tag) => ({ tag, label: 1 })),
  );
  await env.DB.batch([
    env.DB.prepare("UPDATE versions SET precedence = ''"),
    env.DB.prepare("UPDATE tags SET label = 1"),
    ...backfill.map((query) => env.DB.prepare(query)),
  ]);
  expect(backfill).toHaveLength(2);
  expect(await read()).toEqual(projected);
});
