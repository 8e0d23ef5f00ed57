import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { CliError } from "../failure.ts";

/** One login: the key that the CLI made, or was given, for one registry. */
export interface StoredLogin {
  readonly handle: string;
  readonly key: string;
  /** Present when `gati login` made the key; `gati logout` revokes it. */
  readonly keyId?: string;
  readonly createdAt: string;
}

interface CredentialsFile {
  version: 1;
  registries: Record<string, StoredLogin>;
}

function isLogin(value: unknown): value is StoredLogin {
  const login = value as Partial<StoredLogin> | null;
  return (
    typeof login === "object" && login !== null && typeof login.handle === "string" && typeof login.key === "string"
  );
}

/** The credentials file: one login per registry, readable by its owner only. */
export class CredentialStore {
  readonly #directory: string;
  readonly path: string;

  constructor(configDirectory: string) {
    this.#directory = configDirectory;
    this.path = join(configDirectory, "credentials.json");
  }

  /** Logins by registry origin. An absent file is an empty one; a damaged one is an error, never overwritten silently. */
  async all(): Promise<Record<string, StoredLogin>> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
    try {
      const { registries } = JSON.parse(text) as Partial<CredentialsFile>;
      return Object.fromEntries(
        Object.entries(registries ?? {}).filter((entry): entry is [string, StoredLogin] => isLogin(entry[1])),
      );
    } catch (cause) {
      throw new CliError(
        "project_invalid",
        `${this.path} is not valid JSON.`,
        ["Delete the file and run `gati login` again."],
        { cause },
      );
    }
  }

  /** True when others on this machine can read the file (never on Windows, where modes say nothing). */
  async isExposed(): Promise<boolean> {
    if (process.platform === "win32") return false;
    const info = await stat(this.path).catch(() => undefined);
    return info !== undefined && (info.mode & 0o077) !== 0;
  }

  async set(registry: string, login: StoredLogin): Promise<void> {
    await this.#write({ ...(await this.all()), [registry]: login });
  }

  async delete(registry: string): Promise<void> {
    const { [registry]: _removed, ...others } = await this.all();
    await this.#write(others);
  }

  async #write(registries: Record<string, StoredLogin>): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file: CredentialsFile = { version: 1, registries };
    await writeFileAtomic(this.path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  }
}
