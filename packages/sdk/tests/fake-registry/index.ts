import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fault, FaultPlan } from "./faults.ts";
import { answerOci } from "./oci.ts";
import { answerRest } from "./rest.ts";

export interface StoredVersion {
  digest: string;
  state: string;
  publishedAt: string;
}

/** One request in progress, with the fault that strikes it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly fault: Fault | undefined;
}

/**
 * An OCI registry with the few REST calls that the CLI makes, over real HTTP, that fails on command. Everything is in
 * memory; `requests` lists what was asked.
 */
export class FakeRegistry {
  readonly faults = new FaultPlan();
  readonly requests: string[] = [];
  /** `<repository>@<digest>` to content, for blobs and manifests alike. */
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly tags = new Map<string, string>();
  readonly versions = new Map<string, Map<string, StoredVersion>>();
  readonly uploads = new Map<string, { repository: string; content: Buffer }>();
  readonly keys = new Map<string, string>();
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  count(method: string, path: RegExp): number {
    return this.requests.filter((line) => line.startsWith(`${method} `) && path.test(line)).length;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const fault = this.faults.take(request);
    // A broken connection makes reading the body fail: that is the fault at work, not a failure of the test.
    request.on("error", () => undefined);
    if (fault?.kind === "reset") return void request.socket.destroy();
    if (fault?.kind === "answer") {
      await readBody(request);
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    const exchange = { request, response, url: new URL(request.url ?? "/", this.url), fault };
    if (exchange.url.pathname.startsWith("/v2/")) await answerOci(this, exchange);
    else await answerRest(this, exchange);
  }
}

/** Reads a body. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

export function send(
  exchange: Exchange,
  status: number,
  headers: Record<string, string | number> = {},
  body: Buffer | string = "",
): void {
  if (exchange.fault?.kind === "lose-answer") return void exchange.request.socket.destroy();
  exchange.response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
  exchange.response.end(exchange.request.method === "HEAD" ? undefined : body);
}
