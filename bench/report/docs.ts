import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../scripts/wrangler.ts";

export const performanceDocs = join(repositoryRoot, "docs", "performance.md");

const begin = (name: string) => `<!-- npm run bench: ${name} -->`;
const end = "<!-- end -->";

/** Replaces what stands between the marks of a section. Throws when the text has no such marks. */
export function replaceSection(text: string, name: string, content: string): string {
  const from = text.indexOf(begin(name));
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no place for ${name}: ${begin(name)} … ${end}`);
  return `${text.slice(0, from)}${begin(name)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Puts the tables of a run into docs/performance.md. */
export async function writeDocs(sections: ReadonlyMap<string, string>): Promise<void> {
  let text = await readFile(performanceDocs, "utf8");
  for (const [name, content] of sections) text = replaceSection(text, name, content);
  await writeFile(performanceDocs, text);
}
