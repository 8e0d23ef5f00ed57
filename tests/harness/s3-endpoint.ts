import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

/** A real S3 API on loopback that checks signatures: the one that the local runtime offers for R2 buckets. */
export interface S3Endpoint {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const credentials = { accessKeyId: "test-access-key", secretAccessKey: "test-secret-key-of-forty-characters-000" };
const bucket = "gati-test-blobs";

export async function startS3Endpoint(): Promise<S3Endpoint> {
  const folder = mkdtempSync(join(tmpdir(), "gati-test-s3-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      resourcePersistencePath: folder,
      workers: [
        {
          name: "s3",
          modules: true,
          script: "export default { fetch: () => new Response(null, { status: 404 }) }",
          r2Buckets: { BLOBS: { id: bucket, s3Credentials: credentials } },
        },
      ],
    }),
  );
  const url = await miniflare.ready;
  return {
    endpoint: `${url.origin}/cdn-cgi/local/r2/s3`,
    bucket,
    ...credentials,
    stop: () => miniflare.dispose(),
  };
}
