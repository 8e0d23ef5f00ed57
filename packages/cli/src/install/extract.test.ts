import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack as createPack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limitsFrom } from "./archive-policy.ts";
import { extractArchive } from "./extract.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gati-extract-"));
  await mkdir(join(scratch, "module"));
});
afterEach(() => rm(scratch, { recursive: true }));

type Entry = Partial<Header> & { name: string } & { content?: string };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const pack = createPack();
  for (const { content, ...header } of entries) pack.entry(header, content ?? "");
  pack.finalize();
  return buffer(pack);
}

async function unpack(bytes: Uint8Array, limits?: { maxEntries: number; maxBytes: number }): Promise<void> {
  await writeFile(join(scratch, "archive.tgz"), bytes);
  await extractArchive(join(scratch, "archive.tgz"), join(scratch, "module"), limits);
}

const good: Entry = { name: "package/index.js", content: "export default 1;\n" };

async function everythingWritten(): Promise<string[]> {
  return (await readdir(scratch, { recursive: true }))
    .filter((path) => path !== "archive.tgz" && path !== "module")
    .toSorted();
}

describe("unpacking", () => {
  it("writes files below the module's directory, without the leading one", async () => {
    await unpack(gzipSync(await tarOf([good, { name: "package/bin/run", mode: 0o4777, content: "#!/bin/sh\n" }])));
    expect(await everythingWritten()).toEqual(["module/bin", "module/bin/run", "module/index.js"]);
    expect(await readFile(join(scratch, "module/index.js"), "utf8")).toBe(good.content);
    expect((await stat(join(scratch, "module/bin/run"))).mode & 0o7777).toBe(0o755);
  });

  it("keeps the layout when there is no common directory, and reads plain tar", async () => {
    await unpack(
      await tarOf([
        { name: "a.txt", content: "a" },
        { name: "b/c.txt", content: "c" },
      ]),
    );
    expect(await everythingWritten()).toEqual(["module/a.txt", "module/b", "module/b/c.txt"]);
  });

  it.each<[string, Entry, RegExp]>([
    ["a path out of the directory", { name: "package/../../evil", content: "x" }, /leads out/],
    ["a path that leads out through a directory", { name: "package/a/../../../evil", content: "x" }, /leads out/],
    ["an absolute path", { name: "/tmp/gati-evil", content: "x" }, /absolute/],
    ["a Windows drive", { name: "C:/evil", content: "x" }, /absolute/],
    ["a Windows path", { name: "package\\..\\..\\evil", content: "x" }, /character/],
    [
      "a symbolic link out",
      { name: "package/link", type: "symlink", linkname: "../../outside" },
      /symbolic link to "\.\.\/\.\.\/outside"/,
    ],
    [
      "a symbolic link to an absolute path",
      { name: "package/link", type: "symlink", linkname: "/etc" },
      /symbolic link/,
    ],
    ["a hard link", { name: "package/passwd", type: "link", linkname: "/etc/passwd" }, /hard link/],
    ["a character device", { name: "package/tty", type: "character-device", devmajor: 5, devminor: 0 }, /device/],
    ["a block device", { name: "package/sda", type: "block-device", devmajor: 8, devminor: 0 }, /device/],
    ["a pipe", { name: "package/pipe", type: "fifo" }, /pipe/],
  ])("refuses %s and writes nothing", async (_, entry, message) => {
    // The bad entry comes last: what came before it must not have been written either.
    const unpacking = unpack(gzipSync(await tarOf([good, entry])));
    await expect(unpacking).rejects.toThrow(message);
    await expect(unpacking).rejects.toMatchObject({ code: "archive_unsafe" });
    expect(await everythingWritten()).toEqual([]);
  });

  it("refuses a file behind a symbolic link", async () => {
    const entries: Entry[] = [
      good,
      { name: "package/dir", type: "symlink", linkname: "../.." },
      { name: "package/dir/evil", content: "x" },
    ];
    await expect(unpack(gzipSync(await tarOf(entries)))).rejects.toMatchObject({ code: "archive_unsafe" });
    expect(await everythingWritten()).toEqual([]);
  });

  it("refuses an archive that grows beyond the limit", async () => {
    const bomb = gzipSync(await tarOf([good, { name: "package/zeros", content: "\0".repeat(5_000_000) }]));
    expect(bomb.length).toBeLessThan(20_000);
    await expect(unpack(bomb, { maxEntries: 10, maxBytes: 1_000_000 })).rejects.toThrow(/more than 1000000 bytes/);
    expect(await everythingWritten()).toEqual([]);
  });

  it("refuses an archive with too many entries", async () => {
    const many = Array.from({ length: 20 }, (_, index): Entry => ({ name: `package/${index}`, content: "" }));
    await expect(unpack(gzipSync(await tarOf(many)), { maxEntries: 10, maxBytes: 1_000_000 })).rejects.toThrow(
      /more than 10 entries/,
    );
    expect(await everythingWritten()).toEqual([]);
  });

  it("refuses what is damaged, cut short, empty or no archive at all", async () => {
    const whole = gzipSync(await tarOf([good, { name: "package/more", content: "x".repeat(5000) }]));
    const plain = await tarOf([good]);
    plain[0] = 0x58;
    for (const bytes of [
      whole.subarray(0, whole.length - 30),
      Buffer.from("not an archive"),
      gzipSync("nothing"),
      plain,
      gzipSync(await tarOf([])),
      Buffer.alloc(0),
    ]) {
      await expect(unpack(bytes)).rejects.toMatchObject({ code: "archive_unsafe" });
      expect(await everythingWritten()).toEqual([]);
    }
  });

  it("takes limits from the environment and refuses what is no number", () => {
    expect(limitsFrom({ GATI_MAX_UNPACKED_BYTES: "10" }).maxBytes).toBe(10);
    expect(() => limitsFrom({ GATI_MAX_UNPACKED_FILES: "many" })).toThrow(/whole number/);
  });
});
