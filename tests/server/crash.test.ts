import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClient, digestBytes, parseRepository, parseVersion } from "../../packages/sdk/src/index.ts";
import { publishSample } from "../../server/publish-sample.ts";
import { sampleOrganization, samples } from "../../server/samples.ts";
import { RestartableRegistry, launchRegistry, testOperator } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

async function crashDuringFirstStart(data: string, moment: (log: string) => boolean): Promise<void> {
  const child = launchRegistry({ data, args: [] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await until("the moment to crash", async () => {
    const log = await readFile(join(data, "logs", "registry.log"), "utf8").catch(() => "");
    return moment(log);
  });
  child.kill("SIGKILL");
  await exited;
}

describe("a crash of the server", () => {
  it("takes its runtime with it and loses nothing", async () => {
    const registry = await RestartableRegistry.start();
    onTestFinished(() => registry.remove());
    const before = createClient({ registry: registry.url });
    const session = await before.auth.signUp({ handle: "survivor", password: "correct horse battery staple" });
    // crash() resolves only when nothing answers on the port any more.
    await registry.crash();
    await registry.start();
    const after = createClient({ registry: registry.url, credential: { token: session.token } });
    expect((await after.auth.me()).user.handle).toBe("survivor");
  });

  it("keeps a version that was published a moment before", async () => {
    const registry = await RestartableRegistry.start();
    onTestFinished(() => registry.remove());
    const { token } = await createClient({ registry: registry.url }).auth.signIn(testOperator);
    const publisher = createClient({ registry: registry.url, credential: { token } });
    await publisher.namespaces.createOrg(sampleOrganization);
    for (const sample of samples) await publishSample(publisher, sample);
    await registry.crash();
    await registry.start();
    const reader = createClient({ registry: registry.url });
    for (const sample of samples) {
      const { repository } = parseRepository(`orgs/${sampleOrganization}/${sample.name}`);
      const { layers } = await reader.artifacts.version(repository, parseVersion(sample.version));
      const digest = await digestBytes("sha256", sample.content.bytes);
      expect(layers.map((layer) => layer.digest)).toEqual([digest]);
      // readBlob hashes what it received.
      expect(await reader.oci.readBlob(repository, digest)).toHaveLength(sample.content.bytes.length);
    }
  });

  it("is healed when only the runtime crashed", async () => {
    const registry = await RestartableRegistry.start();
    onTestFinished(() => registry.remove());
    const pidFile = join(registry.data, "workerd.pid");
    const before = await readFile(pidFile, "utf8");
    process.kill(Number(before), "SIGKILL");
    await until("another runtime", async () => (await readFile(pidFile, "utf8")) !== before);
    await until("it answers", async () => (await fetch(`${registry.url}/health`).catch(() => undefined))?.ok);
    expect(await readFile(join(registry.data, "logs", "registry.log"), "utf8")).toContain("server.runtime_restarted");
  });

  it("does not stop the next start, however often it comes", async () => {
    const registry = await RestartableRegistry.start();
    onTestFinished(() => registry.remove());
    for (let round = 0; round < 3; round++) {
      await registry.crash();
      await registry.start();
    }
    const signedIn = await createClient({ registry: registry.url }).auth.signIn(testOperator);
    expect(signedIn.user.handle).toBe(testOperator.handle);
  });
});

describe("a crash in the middle of the first start", () => {
  it.each([
    ["before the operator is made", (): boolean => true],
    ["after the operator is made", (log: string): boolean => log.includes("/api/v1/setup")],
    ["after the organisation is made", (log: string): boolean => log.includes("/api/v1/orgs")],
    ["after the first sample", (log: string): boolean => log.includes("/greeter/versions/1.0.0")],
  ])("is made good by the second: %s", async (_, moment) => {
    const data = await newDataFolder();
    await crashDuringFirstStart(data, moment);
    const server = await startForTest({ data, args: [] });
    const password = server.output.find((line) => line.startsWith("Password"))?.split(": ")[1] ?? "";
    const client = createClient({ registry: server.url });
    expect((await client.auth.signIn({ handle: "gati-operator", password })).user.operator).toBe(true);
    const { artifacts } = await client.artifacts.list();
    expect(artifacts.map((one) => `${one.name} ${one.latest}`).toSorted()).toEqual([
      "adder 1.0.0",
      "greeter 1.0.0",
      "starter 1.0.0",
    ]);
  });
});
