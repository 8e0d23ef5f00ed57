import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Target } from "../targets/target.ts";

const run = promisify(execFile);
const marker = "\n@@timing ";

/** Whom to ask, and as whom: a stranger without a credential. */
export interface CurlClient {
  readonly target: Pick<Target, "name" | "url">;
  readonly authorization?: string | undefined;
}

export interface CurlAnswer {
  /** Seconds from the first byte sent to the last one received, without starting curl itself. */
  readonly seconds: number;
  readonly location: string;
}

/**
 * One request with curl, which streams bodies from a file and adds next to nothing of its own. Throws when the status
 * is another one. `Expect:` is switched off because workerd sends no 100-continue and curl would wait a second for it.
 */
export async function curl(
  { target, authorization }: CurlClient,
  status: number,
  url: string,
  args: readonly string[],
): Promise<CurlAnswer> {
  const headers = ["Expect:", ...(authorization ? [`Authorization: ${authorization}`] : [])];
  const format = `${marker}%{http_code} %{time_total} %header{location}`;
  const { stdout } = await run("curl", [
    ...["-sS", "-o", "/dev/null", "-w", format],
    ...headers.flatMap((header) => ["-H", header]),
    ...args,
    url,
  ]);
  const [code = "", seconds = "", location = ""] = stdout.slice(stdout.indexOf(marker) + marker.length).split(" ");
  if (Number(code) !== status) throw new Error(`${target.name} answered ${code} to ${args.join(" ")} ${url}`);
  return { seconds: Number(seconds), location: location === "" ? "" : new URL(location, target.url).href };
}
