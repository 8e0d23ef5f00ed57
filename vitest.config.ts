import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { generateTokenKey, randomText } from "./server/secrets.ts";

const ignored = ["**/node_modules/**", "**/dist/**", ".cache/**", ".gati/**"];

/** A folder for the tests of the disk blob store; the worker of the other tests keeps its blobs in R2. */
function temporaryDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), "gati-test-disk-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Two rooms: `worker` runs inside workerd with the bindings of wrangler.toml, a process and empty storage for every file, because
 * work that one file leaves behind would reach into the next; `node` runs beside one real server, started as `npm start` does,
 * and speaks to it over HTTP.
 */
export default defineConfig({
  test: {
    // Half of the files wait for a server most of their time.
    maxWorkers: 2,
    reporters: process.env["GATI_TEST_RESULTS"] ? ["default", "json"] : ["default"],
    ...(process.env["GATI_TEST_RESULTS"] ? { outputFile: { json: process.env["GATI_TEST_RESULTS"] } } : {}),
    projects: [
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              serviceBindings: { TEST_DISK: { disk: { path: temporaryDisk(), writable: true } } },
              bindings: {
                TEST_S3: { ...inject("s3"), publicEndpoint: inject("s3").endpoint, region: "auto" },
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
                // One user does more here than people do.
                GATI_LIMITS: "read=1000000/1s write=1000000/1s publish=1000000/1s",
                GATI_TOKEN_KEY: await generateTokenKey(),
                GATI_SETUP_TOKEN: randomText(32),
              },
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["core/**/*.test.{ts,tsx}", "workers/**/*.test.{ts,tsx}", "queues/**/*.test.ts"],
          exclude: ignored,
          setupFiles: ["./workers/testing/apply-migrations.ts"],
          globalSetup: ["./tests/harness/global-s3.ts"],
          // Long enough for a machine that does other things as well: no test is about the time that it takes.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "node",
          environment: "node",
          // To load everything anew for each file would take longer than most files.
          isolate: false,
          include: [
            "packages/**/*.test.ts",
            "server/**/*.test.ts",
            "scripts/**/*.test.ts",
            "bench/**/*.test.ts",
            "tests/**/*.test.ts",
          ],
          exclude: [...ignored, "tests/interop/**", "tests/conformance/**"],
          globalSetup: ["./tests/harness/global-server.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
