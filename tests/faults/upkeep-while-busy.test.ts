import { expect, it, onTestFinished } from "vitest";
import { createClient, type Finding } from "../../packages/sdk/src/index.ts";
import { Api } from "../harness/api.ts";
import { RestartableRegistry, testOperator } from "../harness/registry-process.ts";
import { signUp, unique } from "../http/support/people.ts";
import { digestOf, randomContent, Repository } from "../http/support/repository.ts";

const pushers = 4;
const images = 25;

it("checks with repair, rebuilds and collections beside pushes and deletions harm nothing and find nothing", async () => {
  const registry = await RestartableRegistry.start();
  onTestFinished(() => registry.remove());
  const api = new Api(registry.url);
  const owner = await signUp(api);
  const { token } = await createClient({ registry: registry.url }).auth.signIn(testOperator);
  const { administration } = createClient({ registry: registry.url, credential: { token } });

  const kept: { repository: Repository; manifest: string; layer: string; content: Uint8Array }[] = [];
  const push = async (repository: Repository, index: number) => {
    const content = randomContent(20_000);
    const { digest } = await repository.pushImage(`0.${index}.0`, content);
    if (index % 3 === 0) {
      // What is answered as published can be read at once, unless the rebuild is just about to make its row again.
      expect((await repository.send("DELETE", `manifests/${digest}`)).status).toBeOneOf([202, 404, 503]);
    } else {
      kept.push({ repository, manifest: digest, layer: digestOf(content), content });
    }
  };
  let busy = true;
  const pushing = Promise.all(
    Array.from({ length: pushers }, async (_, pusher) => {
      const repository = new Repository(api, `users/${owner.handle}/${unique(`busy-${pusher}`)}`, owner.session);
      for (let index = 0; index < images; index++) await push(repository, index);
    }),
  ).finally(() => {
    busy = false;
  });
  const damage: Finding[] = [];
  const upkeep = async () => {
    while (busy) {
      const { findings } = await administration.verify({ repair: true, deep: true });
      damage.push(...findings.filter(({ severity, kind }) => severity !== "note" && kind !== "projection_busy"));
      await administration.collectGarbage({ dryRun: false });
      await administration.rebuild();
    }
  };
  await Promise.all([pushing, upkeep()]);
  expect(damage).toEqual([]);

  const { findings, checked } = await administration.verify({ deep: true });
  expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  expect(checked.manifests).toBeGreaterThanOrEqual(kept.length);
  for (const { repository, manifest, layer, content } of kept) {
    expect(await repository.head(`manifests/${manifest}`)).toBe(200);
    const response = await repository.send("GET", `blobs/${layer}`);
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digestOf(content));
  }
}, 120_000);
