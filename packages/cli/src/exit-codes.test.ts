import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { createProgram } from "./program.ts";

it("the README and --help list every exit code and no other", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const table = readme.slice(readme.indexOf("## Exit codes")).split("\n## ")[0] ?? "";
  const documented = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(documented).toEqual(Object.values(exitCodes).toSorted((left, right) => left - right));

  let help = "";
  const program = createProgram().configureOutput({ writeOut: (text) => (help += text) });
  program.outputHelp();
  const listed = [...help.slice(help.indexOf("Exit codes:")).matchAll(/(?<=^ {2}| {3})(\d+) [a-z]/gm)];
  expect(listed.map(([, code]) => Number(code))).toEqual(documented);
});
