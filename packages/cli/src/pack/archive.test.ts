import { createHash } from "node:crypto";
import { chmod, link, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeArchive } from "./archive.ts";
import { declaredPrograms, listFiles } from "./list-files.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gati-pack-"));
});
afterEach(() => rm(scratch, { recursive: true }));

async function writeTree(
  directory: string,
  files: readonly (readonly [string, string | Uint8Array])[],
  time = new Date(),
): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
    await utimes(join(directory, path), time, time);
  }
}

async function pack(directory: string, packageJson: Record<string, unknown> = {}): Promise<string> {
  const files = await listFiles(directory, packageJson, []);
  return (await writeArchive(directory, files, declaredPrograms(packageJson), join(scratch, "out.tgz"))).digest;
}

async function headers(
  path: string,
): Promise<{ name: string; mode: number; uid: number; mtime: string; type: string }[]> {
  const found: { name: string; mode: number; uid: number; mtime: string; type: string }[] = [];
  const reader = extract();
  reader.end(gunzipSync(await readFile(path)));
  for await (const entry of reader) {
    const { name, mode, uid, mtime, type } = entry.header;
    found.push({ name, mode: mode ?? 0, uid: uid ?? -1, mtime: mtime?.toISOString() ?? "", type: String(type) });
    entry.resume();
  }
  return found;
}

describe("packing", () => {
  const segment = fc.stringMatching(/^[a-zA-Z0-9_é]{1,12}$/);
  const tree = fc.uniqueArray(fc.tuple(segment, segment, fc.uint8Array({ maxLength: 3000 })), {
    minLength: 1,
    maxLength: 8,
    // Distinct without case, for file systems that do not tell it apart.
    selector: ([directory, name]) => `${directory}/${name}`.toLowerCase().normalize(),
  });

  it("gives the same digest for the same content, whatever the order of creation, the times, modes and links", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, fc.boolean(), async (entries, executable) => {
        const files = entries.map(([directory, name, content]) => [`d_${directory}/f_${name}.txt`, content] as const);
        const first = join(scratch, `a${run}`);
        const second = join(scratch, `b${run++}`);
        await writeTree(first, files, new Date("2001-01-01"));
        await writeTree(second, files.toReversed());
        const [path] = files[0] as readonly [string, Uint8Array];
        await chmod(join(second, path), executable ? 0o775 : 0o600);
        await link(join(second, path), join(scratch, `hardlink${run}`));
        expect(await pack(second)).toBe(await pack(first));
      }),
      { numRuns: 100 },
    );
  });

  it("gives another digest for another byte or name", async () => {
    await writeTree(join(scratch, "a"), [["x.txt", "one"]]);
    await writeTree(join(scratch, "b"), [["x.txt", "two"]]);
    await writeTree(join(scratch, "c"), [["y.txt", "one"]]);
    expect(
      new Set([await pack(join(scratch, "a")), await pack(join(scratch, "b")), await pack(join(scratch, "c"))]).size,
    ).toBe(3);
  });

  it("never changes its bytes: a digest that others computed must stay true", async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${(index * 2654435761) % 997}\n`).join("");
    await writeTree(join(scratch, "m"), [
      ["package.json", '{"name":"golden","version":"1.0.0"}'],
      ["src/long.txt", text],
      [`src/${"deep/".repeat(30)}name.txt`, "a long path"],
      ["bin/run", "#!/bin/sh\n"],
      ["empty", ""],
    ]);
    expect(await pack(join(scratch, "m"))).toMatchInlineSnapshot(
      `"sha256:e76dfa69fcf1cd583828e00dc735b5e53cfdd25dc9d11808fd1cbdf0e1b0e75d"`,
    );
    expect(createHash("sha256").update(text).digest("hex").slice(0, 8)).toMatchInlineSnapshot(`"a54a7721"`);
  });

  it("writes npm's layout with fixed times and owners, and modes from the content", async () => {
    const directory = join(scratch, "m");
    await writeTree(directory, [
      ["package.json", "{}"],
      ["cli.js", "console.log(1)"],
      ["run.sh", "#!/bin/sh\n"],
      ["tool", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1])],
    ]);
    await pack(directory, { name: "m", bin: "./cli.js" });
    const mtime = "1985-10-26T08:15:00.000Z";
    expect(await headers(join(scratch, "out.tgz"))).toEqual([
      { name: "package/cli.js", mode: 0o755, uid: 0, mtime, type: "file" },
      { name: "package/package.json", mode: 0o644, uid: 0, mtime, type: "file" },
      { name: "package/run.sh", mode: 0o755, uid: 0, mtime, type: "file" },
      { name: "package/tool", mode: 0o755, uid: 0, mtime, type: "file" },
    ]);
  });

  it("follows npm's rules on what belongs in", async () => {
    const directory = join(scratch, "m");
    await writeTree(directory, [
      ["package.json", "{}"],
      ["gati-module.json", "{}"],
      ["dist/index.js", ""],
      ["src/index.ts", ""],
      ["README.md", ""],
      [".npmrc", "secret"],
      ["node_modules/x/index.js", ""],
      ["gati_modules/@a/b/index.js", ""],
      ["gati.lock", "{}"],
    ]);
    await symlink("/etc/passwd", join(directory, "dist/link"));
    expect(await listFiles(directory, { files: ["dist"] }, ["gati-module.json"])).toEqual([
      "README.md",
      "dist/index.js",
      "gati-module.json",
      "package.json",
    ]);
    expect(await listFiles(directory, {}, [])).toEqual([
      "README.md",
      "dist/index.js",
      "gati-module.json",
      "package.json",
      "src/index.ts",
    ]);
  });

  it("says what to do about bundled npm dependencies", async () => {
    await expect(listFiles(scratch, { bundleDependencies: ["x"] }, [])).rejects.toMatchObject({
      code: "content_invalid",
      suggestions: [expect.stringContaining("npm pack")],
    });
  });

  it("reports a file that disappears", async () => {
    await expect(writeArchive(scratch, ["gone.txt"], new Set(), join(scratch, "out.tgz"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
