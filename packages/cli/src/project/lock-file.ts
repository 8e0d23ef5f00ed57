import { join } from "node:path";
import { CliError } from "../failure.ts";
import {
  type ArtifactType,
  type Digest,
  digestHex,
  isArtifactType,
  isDigest,
  type JsonObject,
  type JsonValue,
  parseRepository,
  type Repository,
} from "../sdk.ts";
import { readJsonFile, writeJsonFile } from "./json-file.ts";

export interface LockedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** File name of a layer that is one file. */
  readonly title?: string;
}

/** Everything needed to install one module again, byte for byte, without asking the registry what it means. */
export interface LockedModule {
  /** Null when a digest that is no version was installed. */
  readonly version: string | null;
  readonly type: ArtifactType;
  readonly repository: Repository;
  /** Digest of the OCI manifest. */
  readonly digest: Digest;
  /** The same in the form that browsers and npm use; it covers config and layers, which the manifest names by digest. */
  readonly integrity: string;
  /** Absent for an image index, which has no config of its own. */
  readonly config?: LockedBlob;
  readonly layers: readonly LockedBlob[];
  readonly dependencies: Readonly<Record<string, string>>;
}

/** gati.lock. */
export interface Lock {
  /** What gati.json asked for when the lock was written. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, LockedModule>>;
}

export const lockFileVersion = 1;

/** Subresource-integrity form of a digest: `sha256-<base64>`. */
export function integrityOf(digest: Digest): string {
  return `${digest.slice(0, digest.indexOf(":"))}-${Buffer.from(digestHex(digest), "hex").toString("base64")}`;
}

function damaged(path: string, what: string, cause?: unknown): CliError {
  return new CliError(
    "lock_outdated",
    `${path} cannot be used: ${what}.`,
    ["Take it from version control again, or delete it and run `gati module install`."],
    { cause },
  );
}

/** Reads the fields of one document, failing with the place of what is wrong. */
class Reader {
  readonly #path: string;
  constructor(path: string) {
    this.#path = path;
  }

  fail(what: string): never {
    throw damaged(this.#path, what);
  }

  object(value: JsonValue | undefined, where: string): JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : this.fail(`${where} is not an object`);
  }

  ranges(value: JsonValue | undefined, where: string): Record<string, string> {
    const entries = Object.entries(this.object(value, where));
    return Object.fromEntries(
      entries.map(([key, range]) => [
        key,
        typeof range === "string" ? range : this.fail(`${where} of ${key} is not a text`),
      ]),
    );
  }

  digest(value: JsonValue | undefined, where: string): Digest {
    return typeof value === "string" && isDigest(value) ? value : this.fail(`${where} has no valid digest`);
  }

  blob(value: JsonValue | undefined, where: string): LockedBlob {
    const { digest, size, mediaType, title } = this.object(value, where);
    if (!Number.isSafeInteger(size) || typeof mediaType !== "string") this.fail(`${where} has no size or media type`);
    return {
      digest: this.digest(digest, where),
      size: size as number,
      mediaType,
      ...(typeof title === "string" ? { title } : {}),
    };
  }

  repository(text: string, where: string): Repository {
    try {
      return parseRepository(text).repository;
    } catch (cause) {
      throw damaged(this.#path, `the repository of ${where} is not one`, cause);
    }
  }

  module(name: string, value: JsonValue): LockedModule {
    const entry = this.object(value, name);
    const { version, type, repository, digest, integrity, layers } = entry;
    if (version !== null && typeof version !== "string") this.fail(`${name} has no version`);
    if (!isArtifactType(type)) this.fail(`${name} has no type`);
    if (typeof repository !== "string" || !Array.isArray(layers)) this.fail(`${name} has no repository or layers`);
    const parsed = this.digest(digest, name);
    if (integrity !== integrityOf(parsed)) this.fail(`digest and integrity of ${name} differ`);
    return {
      version,
      type,
      repository: this.repository(repository, name),
      digest: parsed,
      integrity,
      ...(entry["config"] === undefined ? {} : { config: this.blob(entry["config"], `config of ${name}`) }),
      layers: (layers as JsonValue[]).map((layer) => this.blob(layer, `a layer of ${name}`)),
      dependencies: this.ranges(entry["dependencies"], `dependencies of ${name}`),
    };
  }
}

/** Reads gati.lock, or undefined when there is none. Throws `lock_outdated` when it is damaged or of a newer CLI. */
export async function readLock(directory: string): Promise<Lock | undefined> {
  const path = join(directory, "gati.lock");
  const file = await readJsonFile(path).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    throw damaged(path, "it is not one JSON object, as if cut off, merged or edited", error);
  });
  if (file === undefined) return undefined;
  const read = new Reader(path);
  if (file.document["lockfileVersion"] !== lockFileVersion)
    read.fail(
      `its version is ${JSON.stringify(file.document["lockfileVersion"] ?? null)}, and this gati reads version ${lockFileVersion}`,
    );
  const modules = Object.entries(read.object(file.document["modules"], "modules")).map(
    ([name, entry]) => [name, read.module(name, entry)] as const,
  );
  return {
    dependencies: read.ranges(file.document["dependencies"], "dependencies"),
    modules: Object.fromEntries(modules),
  };
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : 1;

const sorted = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).toSorted(byName));

const blob = ({ digest, size, mediaType, title }: LockedBlob): LockedBlob => ({
  digest,
  size,
  mediaType,
  ...(title === undefined ? {} : { title }),
});

/** Writes gati.lock, everything in a fixed order, so that equal installations write equal files. */
export async function writeLock(directory: string, lock: Lock): Promise<void> {
  const modules = Object.entries(sorted(lock.modules)).map(([name, module]) => {
    const { version, type, repository, digest, integrity, config, layers, dependencies } = module;
    const blobs = { ...(config === undefined ? {} : { config: blob(config) }), layers: layers.map(blob) };
    return [name, { version, type, repository, digest, integrity, ...blobs, dependencies: sorted(dependencies) }];
  });
  await writeJsonFile(join(directory, "gati.lock"), {
    lockfileVersion: lockFileVersion,
    dependencies: sorted(lock.dependencies),
    modules: Object.fromEntries(modules),
  });
}
