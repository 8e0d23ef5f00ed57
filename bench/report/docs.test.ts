import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { groupNames } from "../options.ts";
import { performanceDocs, replaceSection } from "./docs.ts";

it("replaces a section between its marks and nothing else, as often as it is asked", () => {
  const text =
    "before\n<!-- npm run bench: a -->\nold\n<!-- end -->\nmiddle\n<!-- npm run bench: b -->\n<!-- end -->\nafter";
  const once = replaceSection(text, "a", "new");
  expect(once).toBe(
    "before\n<!-- npm run bench: a -->\n\nnew\n\n<!-- end -->\nmiddle\n<!-- npm run bench: b -->\n<!-- end -->\nafter",
  );
  expect(replaceSection(once, "a", "new")).toBe(once);
  expect(() => replaceSection(text, "c", "new")).toThrow("no place for c");
});

it("docs/performance.md has a place for every group", async () => {
  const text = await readFile(performanceDocs, "utf8");
  for (const name of groupNames) expect(replaceSection(text, name, "a table")).toContain("a table");
});
