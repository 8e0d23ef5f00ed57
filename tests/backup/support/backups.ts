import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { Api } from "../../harness/api.ts";
import { type CliResult, type CliRun, Machine } from "../../harness/cli.ts";
import { RestartableRegistry, testOperator } from "../../harness/registry-process.ts";
import { signInAs } from "./answers.ts";

export interface ExportDocument {
  readonly id: string;
  readonly accounts: number;
  readonly artifacts: number;
  readonly versions: number;
  readonly blobs: number;
  readonly fetched: { readonly blobs: number; readonly bytes: number };
  readonly lost: readonly object[];
}

export interface ImportDocument {
  readonly status: string;
  readonly sent: { readonly blobs: number; readonly bytes: number };
}

/** A registry of its own with an operator's command line beside it. */
export class Site {
  readonly registry: RestartableRegistry;
  readonly machine: Machine;
  #token = "";

  private constructor(registry: RestartableRegistry, machine: Machine) {
    this.registry = registry;
    this.machine = machine;
  }

  static async start(): Promise<Site> {
    const registry = await RestartableRegistry.start();
    return new Site(registry, await Machine.create(registry.url));
  }

  get api(): Api {
    return new Api(this.registry.url);
  }

  /** What the operator signs in with. */
  async key(): Promise<string> {
    if (this.#token === "") {
      const session = await signInAs(this.api, testOperator);
      if ("bearer" in session) this.#token = session.bearer;
    }
    return this.#token;
  }

  /** Runs `gati admin … --json` as the operator. */
  async admin(args: readonly string[], options: CliRun = {}): Promise<CliResult> {
    return this.machine.gati(["admin", ...args, "--json"], { ...options, env: { GATI_API_KEY: await this.key() } });
  }

  async export(folder: string): Promise<ExportDocument> {
    const result = await this.admin(["export", folder]);
    expect(result.stderr).toBe("");
    expect(result.code, result.stdout).toBe(0);
    return result.json();
  }

  async import(folder: string): Promise<ImportDocument> {
    const result = await this.admin(["import", folder]);
    expect(result.stderr).toBe("");
    expect(result.code, result.stdout).toBe(0);
    return result.json();
  }

  async remove(): Promise<void> {
    await this.registry.remove();
    await this.machine.remove();
  }
}

/** A folder for backups that the caller removes. */
export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "gati-backup-"));
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** All files of a folder with their contents, without what says where and when they were made. */
export async function contentsOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "latin1");
    const stated = entry.name === "export.json" ? text.replace(/"(registry|exportedAt)": ".*"/g, '"$1": "-"') : text;
    files.set(path.slice(folder.length + 1), stated);
  }
  return files;
}
