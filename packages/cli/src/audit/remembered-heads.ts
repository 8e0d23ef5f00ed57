import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { CliError } from "../failure.ts";

/** Where a log ended when it was verified last. */
export interface RememberedHead {
  readonly seq: number;
  readonly hash: string;
  /** What the registry signed then: the proof, should it deny that. */
  readonly signed: string;
}

type Heads = Readonly<Record<string, RememberedHead>>;

/** The heads of the logs that were verified here, by registry and log: a log that lost or changed what it had then is found out. */
export class RememberedHeads {
  readonly #directory: string;
  readonly path: string;

  constructor(configDirectory: string) {
    this.#directory = configDirectory;
    this.path = join(configDirectory, "audit-heads.json");
  }

  async get(registry: string, chain: string): Promise<RememberedHead | undefined> {
    return (await this.#all())[`${registry} ${chain}`];
  }

  async set(registry: string, chain: string, head: RememberedHead): Promise<void> {
    const heads = { ...(await this.#all()), [`${registry} ${chain}`]: head };
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.path, `${JSON.stringify(heads, null, 2)}\n`, { mode: 0o600 });
  }

  async #all(): Promise<Heads> {
    try {
      return JSON.parse(await readFile(this.path, "utf8")) as Heads;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw new CliError(
        "project_invalid",
        `${this.path} cannot be read.`,
        ["Bring it back from a backup of this machine: it proves what the logs were.", "Or delete it to begin anew."],
        { cause },
      );
    }
  }
}
