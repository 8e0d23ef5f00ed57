import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { shared } from "../http/support/api.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { digestOf, Repository } from "../http/support/repository.ts";
import { expectContent, makeContents } from "./model/artifact.ts";
import { publisherCommands } from "./model/commands.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

/** Sequences that run side by side, each on a repository of its own. */
const lanes = 4;

it("P14: no sequence of pushes, deletions, deprecations and label moves changes a published version or brings its number back", async () => {
  const run = fc.asyncProperty(
    fc.commands(publisherCommands(5), { maxCommands: 12, size: "max" }),
    async (commands) => {
      const repository = Repository.fresh(shared, owner);
      const real = { repository, contents: await makeContents(repository) };
      const model = {
        versions: new Map<string, { digest: string; gone: boolean }>(),
        labels: new Map<string, string>(),
      };
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await expectContent(model, real);
    },
  );
  await Promise.all(Array.from({ length: lanes }, () => fc.assert(run, { numRuns: 30 })));
}, 180_000);

it("P14: what a version's digest led to once, it leads to byte for byte after everything around it was published and deleted", async () => {
  const repository = Repository.fresh(shared, owner);
  const first = await repository.pushImage("1.0.0");
  for (let i = 0; i < 10; i++) {
    await repository.pushImage(`1.0.${i + 1}`);
    await repository.pushImage("latest");
    await repository.send("DELETE", `manifests/1.0.${i + 1}`);
  }
  const pulled = new Uint8Array(await (await repository.send("GET", "manifests/1.0.0")).arrayBuffer());
  expect(digestOf(pulled)).toBe(first.digest);
});
