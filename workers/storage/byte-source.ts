/** Bytes per read: large enough that the hash, not the loop, is what costs. */
const readSize = 256 * 1024;

/**
 * A body on its way into a store, pulled chunk by chunk so that a slow store slows the client and nothing is buffered.
 * A chunk is valid until the next `read`: the buffer is used again.
 */
export interface ByteSource {
  /** Length in bytes when the client stated it. */
  readonly size: number | undefined;
  /** Next chunk, or undefined at the end. Rejects when the client goes away or sends fewer bytes than it stated. */
  read(): Promise<Uint8Array | undefined>;
  /** Tells the sender that no more is wanted. */
  cancel(reason: unknown): Promise<void>;
  /** Lets go of the stream, so that somebody else can read what is left of it. */
  release(): void;
}

/** Called with every chunk in order, before the store gets it. */
export type ByteObserver = (chunk: Uint8Array) => void;

/** Thrown when a body ends before its stated length. */
export class TruncatedBodyError extends Error {
  override readonly name = "TruncatedBodyError";
}

/** Wraps a request body. `size` is its Content-Length, undefined for chunked transfer encoding. */
export function sourceFromStream(
  stream: ReadableStream<Uint8Array> | null,
  size: number | undefined,
  observe?: ByteObserver,
): ByteSource {
  if (stream === null) return emptySource;
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(readSize);
  let received = 0;
  return {
    size,
    async read() {
      const result = await reader.readAtLeast(readSize, new Uint8Array(buffer));
      if (result.value !== undefined) buffer = result.value.buffer as ArrayBuffer;
      const chunk = result.value;
      if (chunk === undefined || chunk.byteLength === 0) {
        if (size !== undefined && received < size) {
          throw new TruncatedBodyError(`the body ended after ${received} of ${size} bytes`);
        }
        return undefined;
      }
      received += chunk.byteLength;
      observe?.(chunk);
      return chunk;
    },
    cancel: (reason) => reader.cancel(reason),
    release() {
      try {
        reader.releaseLock();
      } catch {
        // A read is under way: then the stream is not free, and what is left is dropped with the connection.
      }
    },
  };
}

const emptySource: ByteSource = {
  size: 0,
  read: () => Promise.resolve(undefined),
  cancel: () => Promise.resolve(),
  release: () => undefined,
};

/** Wraps bytes that are already in memory. */
export function sourceFromBytes(bytes: Uint8Array): ByteSource {
  let rest: Uint8Array | undefined = bytes.byteLength > 0 ? bytes : undefined;
  return {
    size: bytes.byteLength,
    read() {
      const chunk = rest;
      rest = undefined;
      return Promise.resolve(chunk);
    },
    cancel: () => Promise.resolve(),
    release: () => undefined,
  };
}
