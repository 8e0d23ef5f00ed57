import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findViolations } from "./walls.ts";
import { repositoryRoot } from "./wrangler.ts";

describe("the walls between rooms", () => {
  it.each([
    [
      "a domain imports another's insides",
      "workers/domains/blobs/put-blob.ts",
      'import { x } from "../artifacts/store.ts";',
    ],
    [
      "a surface imports a domain's insides",
      "workers/protocols/oci/tags.ts",
      'import { x } from "../../domains/auth/sign-in.ts";',
    ],
    ["a verb speaks SQL", "workers/domains/auth/sign-in.ts", 'import { eq } from "drizzle-orm";'],
    ["an import over several lines", "workers/domains/auth/sign-in.ts", 'import {\n  eq,\n} from "drizzle-orm";'],
    ["a key is built elsewhere", "workers/domains/blobs/put-blob.ts", "const key = `blobs/${id}`;"],
    ["the bucket is used elsewhere", "workers/domains/blobs/put-blob.ts", "await env.BLOBS.put(key, body);"],
  ])("are held: %s", (_, file, source) => {
    expect(findViolations(file, source)).toHaveLength(1);
  });

  it.each([
    ["a domain's front door", "workers/domains/blobs/put-blob.ts", 'import { x } from "../artifacts/index.ts";'],
    ["its own room", "workers/domains/blobs/put-blob.ts", 'import { x } from "./store.ts";'],
    ["a join", "workers/domains/auth/store.ts", 'import { x } from "../namespaces/tables.ts";'],
    ["the router", "workers/api.ts", 'import { x } from "./domains/auth/routes.ts";'],
    ["a path of the protocol", "workers/protocols/oci/uploads.ts", "locationOf(parts, `blobs/uploads/${id}`)"],
  ])("have doors: %s", (_, file, source) => {
    expect(findViolations(file, source)).toEqual([]);
  });
});

describe("the linter", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gati-lint-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function lint(file: string, source: string): string {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
    copyFileSync(join(repositoryRoot, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    const oxlint = join(repositoryRoot, "node_modules/.bin/oxlint");
    try {
      return execFileSync(process.execPath, [oxlint, file], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    }
  }

  it.each([
    ["core/names.ts", 'import { x } from "../workers/env.ts";\nconsole.info(x);\n', "core imports nothing of ours"],
    [
      "workers/protocols/oci/tags.ts",
      'import { x } from "../../domains/auth/store.ts";\nexport const y = x;\n',
      "only a domain's store",
    ],
    [
      "workers/domains/auth/sign-in.ts",
      'import { Hono } from "hono";\nexport const app = new Hono();\n',
      "never sees an HTTP request",
    ],
    [
      "packages/sdk/src/client.ts",
      'import { x } from "../../../workers/env.ts";\nexport const y = x;\n',
      "Packages stand alone",
    ],
  ])("refuses a wrong import in %s", (file, source, message) => {
    expect(lint(file, source)).toContain(message);
  });

  it("lets a resource's routes use hono", () => {
    expect(
      lint("workers/domains/auth/routes.ts", 'import { Hono } from "hono";\nexport const app = new Hono();\n'),
    ).not.toContain("no-restricted-imports");
  });
});
