import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RegistryProcess, spawnRegistry } from "../harness/registry-process.ts";
import { type S3Endpoint, startS3Endpoint } from "../harness/s3-endpoint.ts";

/** A registry that keeps its blobs behind an S3 API, as an operator with MinIO runs it. */
export class S3Registry {
  readonly s3: S3Endpoint;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  #process: RegistryProcess | undefined;
  #port = 0;

  private constructor(s3: S3Endpoint, folder: string, env: Record<string, string>) {
    this.s3 = s3;
    this.#folder = folder;
    this.#env = env;
  }

  static async start(env: Record<string, string> = {}): Promise<S3Registry> {
    const s3 = await startS3Endpoint();
    const registry = new S3Registry(s3, await mkdtemp(join(tmpdir(), "gati-test-")), {
      GATI_STORE: "s3",
      GATI_S3_ENDPOINT: s3.endpoint,
      GATI_S3_BUCKET: s3.bucket,
      GATI_S3_ACCESS_KEY_ID: s3.accessKeyId,
      GATI_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      ...env,
    });
    await registry.start();
    return registry;
  }

  get url(): string {
    if (!this.#process) throw new Error("the registry is not running");
    return this.#process.url;
  }

  async start(): Promise<void> {
    this.#process = await spawnRegistry({ data: join(this.#folder, "data"), port: this.#port, env: this.#env });
    this.#port = Number(new URL(this.#process.url).port);
  }

  async crash(): Promise<void> {
    await this.#process?.kill();
  }

  async remove(): Promise<void> {
    await this.#process?.stop();
    await this.s3.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
