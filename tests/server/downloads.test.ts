import { expect, it, onTestFinished } from "vitest";
import { Api } from "../http/support/api.ts";
import { publishModule, versionPath } from "../http/support/modules.ts";
import { signUp } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { RestartableRegistry } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";

/** A server of its own with one version, and how often that was downloaded as the server tells it. */
async function registryWithVersion() {
  const registry = await RestartableRegistry.start();
  onTestFinished(() => registry.remove());
  const api = new Api(registry.url);
  const repository = Repository.fresh(api, await signUp(api));
  await publishModule(repository, "1.0.0");
  const pull = async (times: number) => {
    const statuses = await Promise.all(
      Array.from({ length: times }, async (_, i) => {
        const path =
          i % 3 === 0 ? `${versionPath(repository, "1.0.0")}/download` : `/v2/${repository.name}/manifests/1.0.0`;
        const response = await api.send("GET", path);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  };
  const counted = async () =>
    (await api.read<{ downloads: number }>("GET", versionPath(repository, "1.0.0"))).downloads;
  return { registry, pull, counted, path: `/api/v1/artifacts/${repository.name}`, api };
}

it("counts parallel downloads exactly, a few seconds later", async () => {
  const { pull, counted, path, api } = await registryWithVersion();
  await pull(200);
  await until("all of them", async () => (await counted()) >= 200);
  await pull(50);
  await until("the later ones", async () => (await counted()) >= 250);
  expect(await api.read("GET", path)).toMatchObject({ downloads: 250 });
  expect(await api.read("GET", `${path}/downloads?days=2`)).toMatchObject({ total: 250 });
});

it("loses no download when it is stopped, and counts none twice", async () => {
  const { registry, pull, counted } = await registryWithVersion();
  for (let round = 1; round <= 3; round++) {
    await pull(30);
    // Twice before they are sent, once when they have arrived.
    if (round === 3) await until("the queue's work", async () => (await counted()) >= 90);
    expect(await registry.stop()).toBe(0);
    await registry.start();
    expect(await counted()).toBe(30 * round);
  }
});

it("loses at most the last seconds in a crash, and counts none twice", async () => {
  const { registry, pull, counted } = await registryWithVersion();
  await pull(40);
  await until("the first ones", async () => (await counted()) >= 40);
  await pull(20);
  await registry.crash();
  await registry.start();
  const left = await counted();
  expect(left).toBeGreaterThanOrEqual(40);
  expect(left).toBeLessThanOrEqual(60);
  await pull(10);
  await until("the ones after the crash", async () => (await counted()) >= left + 10);
  expect(await counted()).toBe(left + 10);
});
