import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../../packages/sdk/src/index.ts";
import { spawnRegistry } from "../../tests/harness/registry-process.ts";
import type { Target } from "./target.ts";

/** Calls are counted as in production and never refused: one client does here what a city does elsewhere. */
export const unlimited = ["read", "write", "publish"].map((name) => `${name}=100000000/1s`).join(" ");

const account = { handle: "bench", password: "correct horse battery staple" };

/** Signs the bench up and returns an API key that may publish. */
async function signUp(registry: string): Promise<string> {
  const { token } = await createClient({ registry }).auth.signUp(account);
  const { auth } = createClient({ registry, credential: { token } });
  const { key } = await auth.createKey({ name: "bench", scopes: ["publish"] });
  return key;
}

async function repositoryToken(registry: string, key: string, repository: string): Promise<string> {
  const basic = Buffer.from(`${account.handle}:${key}`).toString("base64");
  const url = `${registry}/v2/token?scope=repository:${repository}:pull,push`;
  const answer = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
  if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}

async function start(name: string, store: "disk" | "r2"): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "gati-bench-"));
  const env = { GATI_LIMITS: unlimited, GATI_STORE: store };
  const server = await spawnRegistry({ data: join(folder, "data"), env });
  const key = await signUp(server.url);
  return {
    name,
    url: server.url,
    pid: server.pid,
    authorize: async (repository) => `Bearer ${await repositoryToken(server.url, key, repository)}`,
    repository: (repository) => `users/${account.handle}/${repository}`,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** This registry on the disk store, started as `npm start` does: request log on, empty data folder, one account. */
export const startGati = (): Promise<Target> => start("gati", "disk");

/** The same with its blobs in the simulated R2 bucket. */
export const startGatiOnR2 = (): Promise<Target> => start("gati on R2", "r2");
