import { beforeAll, expect, it } from "vitest";
import { type Growth, measureGrowth } from "./growth.ts";
import type { Cost } from "./protocol.ts";

const few = 10;
const many = 1_000;
/** Rows more that are no growth: a look-up that finds one version more, an index page that was not full. */
const slack = 4;
/** What answers with a page of rows reads as many as it answers, which is more when there are more. */
const pageRows: Readonly<Record<string, number>> = { "tags list, 100 of them": 101 };

let growth: Growth;
beforeAll(async () => {
  growth = await measureGrowth([few, many], 0);
}, 120_000);

const changed = (what: keyof Cost) =>
  growth.operations.flatMap(({ name, costs: [before, after] }) => {
    const allowed = what === "rowsRead" ? (pageRows[name] ?? slack) : what === "objectRowsRead" ? slack : 0;
    const [less = Number.NaN, more = Number.NaN] = [before?.[what], after?.[what]];
    return more - less <= allowed ? [] : [`${name}: ${less} with ${few} versions, ${more} with ${many}`];
  });

it("counts what it claims to count", () => {
  const push = growth.operations.find(({ name }) => name === "image of one layer, as docker pushes it");
  const [first] = push?.costs ?? [];
  for (const [what, count] of Object.entries(first ?? {})) expect([what, count > 0]).toEqual([what, true]);
  expect(Object.keys(first ?? {})).toHaveLength(8);
});

it("reads no more rows of D1 for any operation in a repository of a thousand versions than in one of ten", () => {
  expect(changed("rowsRead")).toEqual([]);
});

const others = [
  "objectRowsRead",
  "rowsWritten",
  "objectRowsWritten",
  "queries",
  "classA",
  "classB",
  "objectRequests",
] as const;
it.each(others)("nor more %s", (what) => {
  expect(changed(what)).toEqual([]);
});

it("what is warm costs nothing of D1 and no Durable Object", () => {
  const warm = growth.operations.filter(({ name }) => name.endsWith(", warm"));
  expect(warm).toHaveLength(3);
  for (const { name, costs } of warm) {
    for (const { queries, rowsRead, objectRequests } of costs) {
      expect({ name, queries, rowsRead, objectRequests }).toEqual({ name, queries: 0, rowsRead: 0, objectRequests: 0 });
    }
  }
});
