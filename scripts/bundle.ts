import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildWorker } from "../server/build.ts";

/**
 * What the Worker's modules may weigh together, in bytes, minified. Every isolate loads and compiles them before its first
 * request; Cloudflare refuses 3 MB compressed (Free) or 10 MB (Paid) and more than a second of start-up. The largest parts
 * are zod with its descriptions of the API, the registry itself, and the library that verifies passkeys, which reads every
 * form of attestation there is: a fifth of the whole.
 */
export const budget = { bytes: 2_000_000, compressed: 530_000 };

export interface BundleSize {
  readonly bytes: number;
  /** Each module compressed by gzip, as Cloudflare counts. */
  readonly compressed: number;
}

/** Builds the Worker as a deployment does, when its sources have changed, and weighs it. */
export async function weighBundle(): Promise<BundleSize> {
  const folder = await buildWorker();
  const modules = readdirSync(folder).filter((name) => !/\.(map|md|json)$/.test(name));
  const contents = modules.map((name) => readFileSync(join(folder, name)));
  return {
    bytes: contents.reduce((sum, content) => sum + content.byteLength, 0),
    compressed: contents.reduce((sum, content) => sum + gzipSync(content).byteLength, 0),
  };
}
