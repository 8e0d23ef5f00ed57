import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { type Digest, mediaTypes, type Repository } from "../../packages/sdk/src/index.ts";
import { type Account, type CliResult, type CliRun, Machine, newAccount } from "./cli.ts";

/** An address where nothing answers. */
export const nowhere = "http://127.0.0.1:1";

export interface LockDocument {
  dependencies: Record<string, string>;
  modules: Record<
    string,
    { version: string; type: string; repository: string; digest: string; layers: { digest: string }[] }
  >;
}

export interface Installation {
  modules: { name: string; version: string; status: string }[];
  removed: string[];
  downloadedBytes: number;
}

export interface Published {
  status: string;
  reference: string;
  repository: Repository;
  digest: Digest;
  type: string;
  size: number;
  layers: { digest: Digest; mediaType: string; size: number }[];
  files?: string[];
  uploads?: { uploaded: number; skipped: number };
}

export interface Refusal {
  code: number | null;
  error: string;
  message: string;
  suggestions: string[];
}

/** The files of a small node module. */
export const nodeModule = (version = "1.0.0", text = "one"): Record<string, string | object> => ({
  "package.json": { name: "greeter", version, main: "index.js", description: "says hello" },
  "gati-module.json": { gati: { type: "node", capabilities: ["log"], dependencies: {} } },
  "index.js": `export default ${JSON.stringify(text)};\n`,
});

const blob = (bytes: Buffer): { digest: string; size: number; path: string } => {
  const hex = createHash("sha256").update(bytes).digest("hex");
  return { digest: `sha256:${hex}`, size: bytes.length, path: `image/blobs/sha256/${hex}` };
};

/** The files of an OCI image layout in `image/`, and the digest of its one image. */
export function imageLayout(text: string): { digest: string; layout: Record<string, Uint8Array | object> } {
  const layer = gzipSync(text);
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
  );
  const image = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociImageConfig, digest: blob(config).digest, size: config.length },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest: blob(layer).digest,
          size: layer.length,
        },
      ],
    }),
  );
  const { digest } = blob(image);
  return {
    digest,
    layout: {
      "image/oci-layout": { imageLayoutVersion: "1.0.0" },
      "image/index.json": {
        schemaVersion: 2,
        manifests: [{ mediaType: mediaTypes.ociManifest, digest, size: image.length }],
      },
      [blob(layer).path]: layer,
      [blob(config).path]: config,
      [blob(image).path]: image,
    },
  };
}

/** An application on a machine of its own, and an account that publishes what it installs. */
export class AppProject {
  readonly machine: Machine;
  readonly account: Account;
  readonly directory: string;

  private constructor(machine: Machine, account: Account, directory: string) {
    this.machine = machine;
    this.account = account;
    this.directory = directory;
  }

  static async create(registry: string): Promise<AppProject> {
    const machine = await Machine.create(registry);
    return new AppProject(machine, await newAccount(registry), await machine.files("app", {}));
  }

  /** `@handle/name`. */
  full(name: string): string {
    return `@${this.account.handle}/${name}`;
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** Publishes a node module with one file. */
  async publish(name: string, version: string, needs: Record<string, string> = {}, text?: string): Promise<void> {
    const cwd = await this.machine.files(`${name}-${version}`, {
      "gati-module.json": { name: this.full(name), version, gati: { type: "node", dependencies: needs } },
      "index.js": text ?? `${name} ${version}`,
    });
    await this.published(cwd);
  }

  /** Publishes a container image with one layer, as a builder makes it: without a Gati manifest. */
  async publishImage(name: string, version: string, text: string): Promise<void> {
    const { layout } = imageLayout(text);
    const cwd = await this.machine.files(`${name}-${version}`, {
      "gati-module.json": { name: this.full(name), version, gati: { type: "oci", config: { layout: "image" } } },
      ...layout,
    });
    await this.published(cwd);
  }

  /** Runs `gati module publish --json` with the account's key. */
  tryPublish(cwd: string, args: readonly string[] = [], options: CliRun = {}): Promise<CliResult> {
    const env = { GATI_API_KEY: this.account.key, ...options.env };
    return this.machine.gati(["module", "publish", ...args, "--json"], { cwd, ...options, env });
  }

  /** Publishes and expects that it works. */
  async published(cwd: string, args?: readonly string[]): Promise<Published> {
    const result = await this.tryPublish(cwd, args);
    expect(result.stderr).toBe("");
    expect(result.code, result.stdout).toBe(0);
    return result.json<Published>();
  }

  /** Runs `gati module … --json` in the application. */
  gati(args: readonly string[], options: CliRun = {}): Promise<CliResult> {
    return this.machine.gati(["module", ...args, "--json"], { cwd: this.directory, ...options });
  }

  async install(...args: string[]): Promise<Installation> {
    const result = await this.gati(["install", ...args]);
    expect(result.code, result.stdout).toBe(0);
    return result.json();
  }

  async refusal(args: readonly string[], options?: CliRun): Promise<Refusal> {
    const result = await this.gati(args, options);
    const { error } = result.json<{ error: { code: string; message: string; suggestions: string[] } }>();
    return { code: result.code, error: error.code, message: error.message, suggestions: error.suggestions };
  }

  installed(name: string, file = "index.js"): Promise<string> {
    return readFile(this.path("gati_modules", this.full(name), file), "utf8");
  }

  async document(name: "gati.json" | "gati.lock"): Promise<LockDocument> {
    return JSON.parse(await readFile(this.path(name), "utf8")) as LockDocument;
  }
}
