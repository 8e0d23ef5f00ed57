import { afterEach, expect, it, vi } from "vitest";
import type { Repository } from "../../core/identifiers.ts";
import { PublicReads } from "./public-reads.ts";

const repository = "users/ann/thing" as Repository;
afterEach(() => {
  vi.useRealTimers();
});

/** Loads that count themselves, so that an answer tells when it was loaded. */
function counting(isPublic: () => boolean) {
  let loads = 0;
  return () => Promise.resolve({ isPublic: isPublic(), load: ++loads });
}

it("what strangers may read is loaded once, until something changes", async () => {
  const reads = new PublicReads();
  const load = counting(() => true);
  for (let i = 0; i < 3; i++) expect((await reads.through(repository, "tags", load)).load).toBe(1);
  reads.forget();
  expect((await reads.through(repository, "tags", load)).load).toBe(2);
});

it("what is private is loaded every time", async () => {
  const reads = new PublicReads();
  const load = counting(() => false);
  expect((await reads.through(repository, "tags", load)).load).toBe(1);
  expect((await reads.through(repository, "tags", load)).load).toBe(2);
});

it("what was being read while something changed is answered, but not remembered", async () => {
  const reads = new PublicReads();
  const load = counting(() => true);
  const reading = reads.through(repository, "tags", async () => {
    const answer = await load();
    reads.forget();
    return answer;
  });
  expect((await reading).load).toBe(1);
  expect((await reads.through(repository, "tags", load)).load).toBe(2);
});

it("a failure is not remembered", async () => {
  const reads = new PublicReads();
  await expect(reads.through(repository, "tags", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  expect(
    (
      await reads.through(
        repository,
        "tags",
        counting(() => true),
      )
    ).load,
  ).toBe(1);
});

it("repositories and keys do not mix", async () => {
  const reads = new PublicReads();
  const load = counting(() => true);
  await reads.through(repository, "tags", load);
  expect((await reads.through("users/ann/other" as Repository, "tags", load)).load).toBe(2);
  expect((await reads.through(repository, "other", load)).load).toBe(3);
});
