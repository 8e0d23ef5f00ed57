import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { StartError } from "./start-error.ts";

/** How `npm start` was asked to run. */
export interface StartOptions {
  /** Absolute path of the folder that holds everything this server keeps. */
  readonly data: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  /** True leaves out the sample artifacts of a first start. */
  readonly empty: boolean;
  /** `json` repeats every log line on standard output; `file` writes them to the log file only. */
  readonly log: "file" | "json";
}

export const usage = `Usage: npm start [-- OPTIONS]

  --data DIR    folder for everything the registry keeps   (GATI_DATA, default ./.gati)
  --port N      port to listen on, 0 for any free one      (GATI_PORT, default 8080)
  --host H      address to listen on                       (GATI_HOST, default 127.0.0.1)
  --empty       leave out the sample artifacts on a first start
  --log json    also write every log line to standard output
  --help        show this

The first start makes an operator account: GATI_ADMIN_HANDLE and GATI_ADMIN_PASSWORD choose its name and password.
GATI_SIGN_UP=closed lets nobody else make an account.
Further settings (the store, limits, a proxy in front) are in docs/operations.md.`;

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new StartError(`"${text}" is not a port; use a number from 0 to 65535.`);
}

/** Reads the command line and environment. Returns `"help"` when asked for it. Throws `StartError` on anything unknown. */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions | "help" {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        port: { type: "string" },
        host: { type: "string" },
        empty: { type: "boolean" },
        log: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)} (see npm start -- --help)`);
  }
  if (values.help) return "help";
  const log = values.log ?? "file";
  if (log !== "file" && log !== "json") throw new StartError(`--log takes "file" or "json", not "${log}".`);
  return {
    data: resolve(values.data ?? env["GATI_DATA"] ?? ".gati"),
    port: parsePort(values.port ?? env["GATI_PORT"] ?? "8080"),
    host: values.host ?? env["GATI_HOST"] ?? "127.0.0.1",
    empty: values.empty ?? false,
    log,
  };
}
