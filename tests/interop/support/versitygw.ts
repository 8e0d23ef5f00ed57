import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { freePort } from "../../../bench/targets/free-port.ts";
import { until } from "../../harness/until.ts";
import { searchPath } from "./tools.ts";

/** An S3 server with one bucket. */
export interface S3Server {
  readonly port: number;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

/** Starts Versity's S3 gateway over a folder: every folder below it is a bucket. */
export async function startVersitygw(folder: string): Promise<S3Server> {
  const bucket = "gati-blobs";
  await mkdir(join(folder, bucket), { recursive: true });
  const port = await freePort();
  const accessKeyId = randomBytes(10).toString("hex");
  const secretAccessKey = randomBytes(20).toString("hex");
  const child = spawn("versitygw", ["--port", `127.0.0.1:${port}`, "posix", folder], {
    stdio: "ignore",
    env: {
      ...process.env,
      PATH: searchPath.join(delimiter),
      ROOT_ACCESS_KEY: accessKeyId,
      ROOT_SECRET_KEY: secretAccessKey,
    },
  });
  const exited = once(child, "exit");
  await until("versitygw answers", () => answers(`http://127.0.0.1:${port}/`));
  return {
    port,
    bucket,
    accessKeyId,
    secretAccessKey,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
