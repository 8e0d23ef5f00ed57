import { defineConfig } from "vitest/config";

/** What takes too long or too much disk for `npm test`. One file after the other: each needs the machine for itself. */
export default defineConfig({
  test: {
    name: "load",
    root: import.meta.dirname,
    include: ["*.load.ts"],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    reporters: process.env["GATI_LOAD_REPORT"] ? ["verbose", "json"] : ["verbose"],
    ...(process.env["GATI_LOAD_REPORT"] ? { outputFile: { json: process.env["GATI_LOAD_REPORT"] } } : {}),
  },
});
