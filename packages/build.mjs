// Builds the package in the current directory: `node ../build.mjs src/index.ts:index …` bundles each entry into
// dist/<name>.js, with the registry's core inside and npm packages outside, and writes the declarations to dist/types.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = process.argv.slice(2).map((argument) => argument.split(":"));
rmSync("dist", { recursive: true, force: true });

await build({
  entryPoints: Object.fromEntries(entries.map(([source, name]) => [name, source])),
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "neutral",
  packages: "external",
  external: ["node:*"],
  target: "es2022",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
});

const options = `
  --ignoreConfig --declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes --skipLibCheck
  --erasableSyntaxOnly --verbatimModuleSyntax --allowImportingTsExtensions --types node
  --target es2024 --lib es2024,dom,dom.iterable --module esnext --moduleResolution bundler --outDir dist/types`;
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
execFileSync(
  process.execPath,
  [
    join(dirname(typescript), "bin/tsc"),
    ...options.trim().split(/\s+/),
    "--rootDir",
    root,
    ...entries.map(([source]) => source),
    // Ambient declarations are not imported by anything, so they are named.
    ...readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".d.ts"))
      .map((file) => join("src", file)),
  ],
  { stdio: "inherit" },
);

// Declarations keep the sources' `.ts` endings; `.js` is what every consumer's TypeScript resolves to a declaration.
for (const file of readdirSync("dist/types", { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts")) continue;
  const path = join("dist/types", file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1"));
}
