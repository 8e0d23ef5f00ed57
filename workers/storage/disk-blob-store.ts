import { RegistryError } from "../../core/errors.ts";
import type { BlobStore, ByteRange, StoredObject } from "./blob-store.ts";
import type { ByteSource } from "./byte-source.ts";
import { guarded, sendStream } from "./pump.ts";

interface Entry {
  readonly name: string;
  readonly type: string;
}

/**
 * Blobs as files, through the runtime's own disk service. A file appears under its name only when all of it has been
 * written (the service writes beside it and renames). Files survive a crash of the server as soon as `put` resolves;
 * the operating system decides when they reach the platter, so a power cut may lose the newest.
 */
export class DiskBlobStore implements BlobStore {
  readonly local = true;
  readonly direct = undefined;
  readonly #disk: Fetcher;

  constructor(disk: Fetcher) {
    this.#disk = disk;
  }

  async put(key: string, source: ByteSource): Promise<number> {
    try {
      return await sendStream(source, (body) => this.#call(key, { method: "PUT", body }, [200, 201, 204]));
    } catch (error) {
      // A stream of unknown length that breaks off looks complete to the service; its file must not stay.
      if (source.size === undefined) await this.delete([key]);
      throw error instanceof RegistryError && error.code === "unavailable" ? notTaken(error) : error;
    }
  }

  async get(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined> {
    const headers: Record<string, string> = range
      ? { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
      : {};
    // A range that is the whole file is answered like no range.
    const response = await this.#call(key, { headers }, range ? [200, 206, 404] : [200, 404]);
    if (response.status === 404) return undefined;
    return response.body ?? undefined;
  }

  async size(key: string): Promise<number | undefined> {
    const response = await this.#call(key, { method: "HEAD" }, [200, 404]);
    return response.status === 404 ? undefined : Number(response.headers.get("content-length"));
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#call(key, { method: "DELETE" }, [200, 204, 404]);
  }

  async *list(prefix: string, after = ""): AsyncIterable<StoredObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    for await (const key of this.#walk(folder, after)) {
      const found = key.startsWith(prefix) ? await this.#call(key, { method: "HEAD" }, [200, 404]) : undefined;
      if (found?.status !== 200) continue;
      const { headers } = found;
      yield {
        key,
        size: Number(headers.get("content-length")),
        storedAt: Date.parse(headers.get("last-modified") ?? ""),
      };
    }
  }

  /** Keys below a folder, from behind `after` on. With its slash a folder sorts as the keys in it do. */
  async *#walk(folder: string, after: string): AsyncIterable<string> {
    const response = await this.#call(folder, {}, [200, 404]);
    if (response.status === 404) return;
    const entries = await response.json<Entry[]>();
    const paths = entries.map(({ name, type }) => `${folder}${name}${type === "directory" ? "/" : ""}`);
    for (const path of paths.toSorted(byBytes)) {
      const isFolder = path.endsWith("/");
      if (path <= after && !(isFolder && after.startsWith(path))) continue;
      if (isFolder) yield* this.#walk(path, after);
      else yield path;
    }
  }

  #call(key: string, init: RequestInit, accepted: readonly number[]): Promise<Response> {
    return guarded(async () => {
      const response = await this.#disk.fetch(`http://disk/${key}`, init);
      if (accepted.includes(response.status)) return response;
      throw new RegistryError(
        "unavailable",
        `The disk service answered ${response.status} to ${init.method ?? "GET"}.`,
      );
    });
  }
}

/** The service does not say why it could not write. */
function notTaken(error: RegistryError): RegistryError {
  return new RegistryError("unavailable", "The disk did not take the content; most likely it is full.", {
    cause: error.cause ?? error,
    suggestions: [
      "Ask the operator to make room for the registry's data folder, then repeat the call; nothing was half stored.",
    ],
  });
}

/** Keys are ASCII, so the order of code units is that of bytes. */
const byBytes = (a: string, b: string) => (a < b ? -1 : 1);
