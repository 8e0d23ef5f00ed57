import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, type FileHandle, open, rename, rm } from "node:fs/promises";

/** Lines are gathered up to this many bytes before they are written. */
const bufferSize = 256 * 1024;

/** Writes a file of lines beside its place and puts it there when it is whole; memory does not grow with it. */
export class LineWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #handle: FileHandle;
  #buffer = "";

  private constructor(path: string, partial: string, handle: FileHandle) {
    this.#path = path;
    this.#partial = partial;
    this.#handle = handle;
  }

  /** Begins a file, with the lines that are in it already when `append` is given. */
  static async open(path: string, options: { append?: boolean } = {}): Promise<LineWriter> {
    const partial = `${path}.partial`;
    await rm(partial, { force: true });
    if (options.append) await copyFile(path, partial);
    return new LineWriter(path, partial, await open(partial, "a", 0o600));
  }

  async add(line: string): Promise<void> {
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= bufferSize) await this.#flush();
  }

  async commit(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#partial, this.#path);
  }

  async abort(): Promise<void> {
    await this.#handle.close();
    await rm(this.#partial, { force: true });
  }

  async #flush(): Promise<void> {
    await this.#handle.writeFile(this.#buffer);
    this.#buffer = "";
  }
}

/** Writes every item as one line of JSON. */
export async function writeJsonLines(path: string, items: AsyncIterable<object> | Iterable<object>): Promise<void> {
  const writer = await LineWriter.open(path);
  try {
    for await (const item of items) await writer.add(JSON.stringify(item));
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.commit();
}

/** The lines of a file, one after the other. Not by readline, which also breaks at U+2028, legal inside a JSON text. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const newline = 0x0a;
  let unfinished: Buffer[] = [];
  for await (const piece of createReadStream(path, { highWaterMark: bufferSize }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      const line = Buffer.concat([...unfinished, piece.subarray(start, end)]).toString("utf8");
      unfinished = [];
      start = end + 1;
      if (line !== "") yield line;
    }
    if (start < piece.length) unfinished.push(piece.subarray(start));
  }
  if (unfinished.length > 0) yield Buffer.concat(unfinished).toString("utf8");
}

/** The JSON of each line of a file. */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  for await (const line of readLines(path)) yield JSON.parse(line) as T;
}

/** SHA-256 and size of a file. */
export async function fingerprint(path: string): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}
