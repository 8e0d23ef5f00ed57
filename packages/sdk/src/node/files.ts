import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { BlobSink } from "../sinks.ts";
import type { BlobSource } from "../sources.ts";

/** A file to upload. Call `close` when done. */
export interface FileSource extends BlobSource {
  close(): Promise<void>;
}

/** Opens a file for upload; its size is fixed at this moment, and a file that shrinks meanwhile makes `slice` throw. */
export async function fileSource(path: string): Promise<FileSource> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return {
    size,
    slice: (start, end) => readExactly(handle, path, start, end),
    close: () => handle.close(),
  };
}

async function readExactly(handle: FileHandle, path: string, start: number, end: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(end - start);
  for (let filled = 0; filled < buffer.length;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) throw new Error(`${path} became shorter while it was being read`);
    filled += bytesRead;
  }
  return buffer;
}

/**
 * Downloads into a file: written beside it under a name of its own, synced, and renamed when verified, so that
 * readers see the whole content or nothing, and parallel downloads of one file do no harm. `mode` is the file's.
 */
export function fileSink(path: string, options: { mode?: number } = {}): BlobSink {
  const partial = `${path}.${randomUUID()}.partial`;
  let handle: FileHandle | undefined;
  const opened = async (): Promise<FileHandle> => {
    if (handle === undefined) {
      await mkdir(dirname(path), { recursive: true });
      handle = await open(partial, "wx", options.mode);
    }
    return handle;
  };
  const close = async (): Promise<void> => {
    await handle?.close();
    handle = undefined;
  };
  return {
    write: async (bytes) => {
      await (await opened()).writeFile(bytes);
    },
    restart: async () => {
      await close();
      await rm(partial, { force: true });
    },
    commit: async () => {
      await (await opened()).sync();
      await close();
      await rename(partial, path);
    },
    abort: async () => {
      await close();
      await rm(partial, { force: true });
    },
  };
}
