import { defineConfig } from "vitest/config";

/** Real clients against one real server. Files run one after the other: the clients are heavy and two cores are few. */
export default defineConfig({
  test: {
    name: "interop",
    root: import.meta.dirname,
    include: ["*.test.ts"],
    globalSetup: ["./support/global-setup.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: process.env["GATI_INTEROP_REPORT"] ? ["verbose", "json"] : ["verbose"],
    ...(process.env["GATI_INTEROP_REPORT"] ? { outputFile: { json: process.env["GATI_INTEROP_REPORT"] } } : {}),
  },
});
