import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { logTogether } from "./log-batch.ts";

let written: string[];
let pending: Promise<void>[];
const afterwards = (work: Promise<void>) => void pending.push(work);

beforeEach(() => {
  written = [];
  pending = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void written.push(text));
});
afterEach(() => vi.restoreAllMocks());

it("writes the lines of one moment with one call, all of them and in order", async () => {
  for (const line of ["one", "two", "three"]) logTogether(line, afterwards);
  expect(written).toEqual([]);
  expect(pending).toHaveLength(1);
  await Promise.all(pending);
  expect(written).toEqual(["one\ntwo\nthree"]);
});

it("does not let a burst grow without bound", async () => {
  for (let line = 0; line < 450; line++) logTogether(String(line), afterwards);
  expect(written.map((text) => text.split("\n").length)).toEqual([200, 200]);
  await Promise.all(pending);
  expect(written.join("\n").split("\n")).toHaveLength(450);
});

it("makes up for a flush that was lost with its request", async () => {
  logTogether("lost for now", () => undefined);
  vi.setSystemTime(Date.now() + 1_000);
  logTogether("next", afterwards);
  vi.useRealTimers();
  await Promise.all(pending);
  expect(written).toEqual(["lost for now\nnext"]);
});
