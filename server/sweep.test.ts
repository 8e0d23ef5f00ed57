import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sweepTemporaries } from "./sweep.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gati-sweep-"));
  await mkdir(join(folder, "blobs/one"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, ageInSeconds: number): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, "x");
  const time = Date.now() / 1000 - ageInSeconds;
  await utimes(path, time, time);
}

it("removes what a killed server was writing, and neither blobs nor what is being written now", async () => {
  await file("blobs/one/.1.4711.0.tmp", 60);
  await file("blobs/one/.2.4712.0.tmp", -60);
  await file("blobs/one/1", 60);
  expect(await sweepTemporaries(folder, Date.now(), () => false)).toBe(1);
  expect((await readdir(join(folder, "blobs/one"))).toSorted()).toEqual([".2.4712.0.tmp", "1"]);
});

it("stops when the server stops", async () => {
  await file("blobs/one/.1.4711.0.tmp", 60);
  expect(await sweepTemporaries(folder, Date.now(), () => true)).toBe(0);
});
