import { randomBytes } from "node:crypto";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Digest, Repository } from "../../packages/sdk/src/index.ts";
import { type Account, Machine, newAccount } from "../harness/cli.ts";

/** What the registry takes as its smallest chunk. */
const chunk = 1024 * 1024;
const chunks = 12;

/** Passes requests on to the registry, counts the chunks and stops at one of them. */
class Gate {
  readonly #server: Server;
  /** Bytes of finished PATCH requests. */
  patched = 0;
  /** Called when so many chunks have been answered; the next one is not passed on. */
  closeAfter: number | undefined;
  onClosed: () => void = () => undefined;

  constructor(target: string) {
    this.#server = createServer((incoming, outgoing) => {
      const isChunk = incoming.method === "PATCH";
      if (isChunk && this.closeAfter !== undefined && this.patched >= this.closeAfter * chunk) {
        this.onClosed();
        return;
      }
      const forward = httpRequest(
        new URL(incoming.url ?? "/", target),
        { method: incoming.method ?? "GET", headers: incoming.headers },
        (answer) => {
          if (isChunk && answer.statusCode === 202) this.patched += Number(incoming.headers["content-length"]);
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      // The client is killed in the middle of a request: that is the test.
      for (const stream of [incoming, outgoing, forward]) stream.on("error", () => forward.destroy());
      incoming.pipe(forward);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

let gate: Gate;
let machine: Machine;
let account: Account;

beforeEach(async () => {
  const registry = inject("registryUrl");
  gate = await new Gate(registry).start();
  machine = await Machine.create(gate.url);
  account = await newAccount(registry);
});
afterEach(async () => {
  await gate.stop();
  await machine.remove();
});

describe("a publish that is killed in the middle of an upload", () => {
  it("goes on where it stopped when it is run again, and the digest is right", async () => {
    const content = randomBytes(chunk * chunks);
    const cwd = await machine.files("m", {
      "gati-module.json": { name: "big", version: "1.0.0", type: "binary", config: { binaryFile: "big.bin" } },
      "big.bin": content,
    });
    const args = ["module", "publish", "--json", "--chunk-size", String(chunk)];
    const env = { GATI_API_KEY: account.key };

    gate.closeAfter = 5;
    const killed = await machine.gati(args, { cwd, env, onStart: (kill) => (gate.onClosed = kill) });
    expect(killed.code).toBeNull();
    expect(gate.patched).toBe(5 * chunk);
    expect(await readdir(machine.path("cache/uploads"))).toHaveLength(1);
    await expect(account.client.resolve(`@${account.handle}/big`)).rejects.toMatchObject({ status: 404 });

    gate.closeAfter = undefined;
    const finished = await machine.gati(args, { cwd, env });
    expect(finished.json()).toMatchObject({ uploads: { resumedBytes: 5 * chunk } });
    expect(finished.code, finished.stdout).toBe(0);
    expect(gate.patched).toBe(chunks * chunk);
    expect(await readdir(machine.path("cache/uploads"))).toEqual([]);

    const { repository, layers } = finished.json<{ repository: Repository; layers: { digest: Digest }[] }>();
    const stored = await account.client.oci.readBlob(repository, layers[0]?.digest as Digest);
    expect(Buffer.from(stored).equals(content)).toBe(true);
  });
});
