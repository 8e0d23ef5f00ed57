import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { shared } from "../http/support/api.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { type Json, Repository } from "../http/support/repository.ts";

let owner: Person;
let repository: Repository;
let image: Json;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
  image = await repository.imageManifest();
});

/** Makes the server forget what it knows about the repository; returns what the label leads to from now on. */
async function moveLabel(round: number): Promise<string> {
  return (await repository.pushManifest({ ...image, annotations: { round: String(round) } }, "edge")).digest;
}

/** Pulls by label as a stranger. With `patience`, in milliseconds, the client goes away after that. */
async function pull(patience?: number): Promise<string> {
  const gone = new AbortController();
  if (patience !== undefined) void delay(patience).then(() => gone.abort());
  const url = `${shared.url}/v2/${repository.name}/manifests/edge`;
  const response = await fetch(url, { signal: gone.signal });
  await response.arrayBuffer();
  return response.headers.get("docker-content-digest") ?? String(response.status);
}

it("two hundred strangers who ask at once for what nobody remembers are all told the truth", async () => {
  const digest = await moveLabel(0);
  const answers = await Promise.all(Array.from({ length: 200 }, () => pull()));
  expect(new Set(answers)).toEqual(new Set([digest]));
});

it("clients that go away in the middle hold up nobody who waits for the same look-up", async () => {
  for (let round = 1; round <= 30; round++) {
    const digest = await moveLabel(round);
    const leaving = Array.from({ length: 10 }, (_, i) => pull(i % 5).catch(() => "gone"));
    const staying = Array.from({ length: 40 }, () => pull());
    expect(new Set(await Promise.all(staying))).toEqual(new Set([digest]));
    for (const answer of await Promise.all(leaving)) expect(["gone", digest]).toContain(answer);
  }
});
