import { Agent, request } from "node:http";
import type { Target } from "../targets/target.ts";

/** Keeps connections open and never limits them: as many requests are under way as the scenario starts. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** What every real client sends; docker-registry answers 404 to whoever does not name the manifest's type. */
export const accepted = "application/vnd.oci.image.manifest.v1+json, */*";

export interface Answer {
  readonly status: number;
  readonly location: string;
  /** Empty unless the call asked to keep it. */
  readonly body: Buffer;
}

export interface Call {
  readonly method: string;
  /** Path and query below the target's address, or a full address. */
  readonly path: string;
  readonly status: number;
  readonly type?: string;
  readonly body?: Uint8Array;
  readonly keepBody?: boolean;
  /** Authorization header; strangers have none. */
  readonly authorization?: string | undefined;
}

/**
 * One request with Node's own HTTP client, the cheapest that there is without starting a process. The body of the
 * answer is read to its end. Throws when the status is another one than the call states.
 */
export function send(target: Target, call: Call): Promise<Answer> {
  const headers: Record<string, string | number> = { Accept: accepted, "Content-Length": call.body?.byteLength ?? 0 };
  if (call.method === "GET" || call.method === "HEAD") delete headers["Content-Length"];
  if (call.authorization) headers["Authorization"] = call.authorization;
  if (call.type) headers["Content-Type"] = call.type;
  return new Promise((resolve, reject) => {
    const url = new URL(call.path, target.url);
    const outgoing = request(url, { agent, method: call.method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => void (call.keepBody && chunks.push(chunk)));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const status = incoming.statusCode ?? 0;
        if (status !== call.status) {
          reject(new Error(`${target.name} answered ${status} to ${call.method} ${call.path}`));
          return;
        }
        const { location } = incoming.headers;
        resolve({
          status,
          location: location ? new URL(location, target.url).href : "",
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(call.body);
  });
}

/** Runs `work` for 0 … count-1, `concurrency` at a time. */
export async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
