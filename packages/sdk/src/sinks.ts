/** Where a download goes. Nothing may be used by others before `commit`, which is called only for verified content. */
export interface BlobSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets what was written: the download starts again from the first byte. */
  restart(): Promise<void>;
  commit(): Promise<void>;
  /** The download failed for good; what was written is to be thrown away. */
  abort(): Promise<void>;
}

export interface MemorySink extends BlobSink {
  /** The content, once committed. */
  bytes(): Uint8Array;
}

/** Keeps the content in memory: for configs and manifests, not for layers. */
export function memorySink(): MemorySink {
  let parts: Uint8Array[] = [];
  let content: Uint8Array | undefined;
  return {
    write: async (bytes) => void parts.push(bytes),
    restart: async () => void (parts = []),
    commit: async () => {
      content = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        content.set(part, offset);
        offset += part.length;
      }
      parts = [];
    },
    abort: async () => void (parts = []),
    bytes: () => {
      if (content === undefined) throw new TypeError("the download is not complete");
      return content;
    },
  };
}
