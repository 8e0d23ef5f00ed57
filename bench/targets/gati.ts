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

async function repositoryToken(
  registry: string,
  key: string,
  repository: string,
  actions = "pull,push",
): Promise<string> {
  const basic = Buffer.from(`${account.handle}:${key}`).toString("base64");
  const url = `${registry}/v2/token?scope=repository:${repository}:${actions}`;
  const answer = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
  if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}

/** The header in which a proxy in front tells a client's address. */
const addressHeader = "x-real-ip";

interface Setting {
  readonly store?: "disk" | "r2";
  /** Every read comes from an address, as in production, where strangers are counted by theirs; with a token or without. */
  readonly readsWith?: "address" | "token";
}

async function start(name: string, { store = "disk", readsWith }: Setting = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "gati-bench-"));
  const env = { GATI_LIMITS: unlimited, GATI_STORE: store, GATI_ADDRESS_HEADER: addressHeader };
  const server = await spawnRegistry({ data: join(folder, "data"), env });
  const key = await signUp(server.url);
  const readHeaders = async (repository: string) => ({
    [addressHeader]: "192.0.2.1",
    ...(readsWith === "token"
      ? { Authorization: `Bearer ${await repositoryToken(server.url, key, repository, "pull")}` }
      : {}),
  });
  return {
    name,
    url: server.url,
    pid: server.pid,
    authorize: async (repository) => `Bearer ${await repositoryToken(server.url, key, repository)}`,
    ...(readsWith ? { readHeaders } : {}),
    repository: (repository) => `users/${account.handle}/${repository}`,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** This registry on the disk store, started as `npm start` does: request log on, empty data folder, one account. */
export const startGati = (): Promise<Target> => start("gati");

/** The same with its blobs in the simulated R2 bucket. */
export const startGatiOnR2 = (): Promise<Target> => start("gati on R2", { store: "r2" });

/** The same, asked by somebody who is signed in, as OCI clients are: with a token of `/v2/token`. */
export const startGatiSignedIn = (): Promise<Target> => start("with a token", { readsWith: "token" });

/** The same, asked by strangers. */
export const startGatiForStrangers = (): Promise<Target> => start("stranger", { readsWith: "address" });
