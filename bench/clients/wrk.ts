import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { accepted } from "./http.ts";
import type { Target } from "../targets/target.ts";

const run = promisify(execFile);

export interface Load {
  /** Path below the target's address. */
  readonly path: string;
  readonly seconds: number;
  readonly connections: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * GET requests per second that a target answers to wrk, which has one thread. Throws when any answer was an error: a fast
 * refusal is no performance.
 */
export async function wrk(target: Target, load: Load): Promise<number> {
  const { stdout } = await run("wrk", [
    ...["-t1", `-c${load.connections}`, `-d${load.seconds}s`, "--timeout", "10s"],
    ...["-H", `Accept: ${accepted}`],
    ...Object.entries(load.headers ?? {}).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    `${target.url}${load.path}`,
  ]).catch((cause: unknown) => {
    throw new Error("wrk failed; scripts/install-tools.sh installs it", { cause });
  });
  const trouble = /Non-2xx.*|Socket errors:.*/.exec(stdout)?.[0];
  if (trouble) throw new Error(`${target.name} did not answer ${load.path} cleanly: ${trouble}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}
