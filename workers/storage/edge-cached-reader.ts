import { waitUntil } from "cloudflare:workers";
import type { BlobReader, ByteRange } from "./blob-store.ts";

/** The most that the platform's cache takes for one object. */
const largest = 512 * 1000 * 1000;
/** Bytes per read while a body goes to the client and into the cache. */
const readSize = 256 * 1024;
/** How long the cache may keep an object. Its key never gets other content, so only space limits this. */
const lifetime = 30 * 24 * 60 * 60;

/** Where the cache looks an object up. No request from outside can name it: the cache is the Worker's own. */
const addressOf = (key: string) => `https://blobs.invalid/${key}`;

/**
 * Keeps what was read from a store in the cache of the data centre, so that a popular layer costs one read of the store
 * per place. Whoever reads has been let in before: the cache knows keys, not callers, and a key that nobody is given
 * any more is never looked up.
 */
export class EdgeCachedReader implements BlobReader {
  readonly #store: BlobReader;
  readonly #cache: Promise<Cache>;

  constructor(store: BlobReader, cache: Promise<Cache> = caches.open("blobs")) {
    this.#store = store;
    this.#cache = cache;
  }

  async get(key: string, range?: ByteRange, size?: number): Promise<ReadableStream<Uint8Array> | undefined> {
    if (size === undefined || size > largest) return this.#store.get(key, range);
    const cache = await this.#cache;
    const headers = range ? { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {};
    const hit = await cache.match(new Request(addressOf(key), { headers })).catch(() => undefined);
    if (hit?.status === (range ? 206 : 200) && hit.body) return hit.body;
    await hit?.body?.cancel();
    const stream = await this.#store.get(key, range);
    // A part of an object cannot be cached, and an empty one is not worth it.
    return stream && !range && size > 0 ? keep(cache, key, stream, size) : stream;
  }
}

/** Hands the stream through while the cache takes a copy, in step, so that neither has to be buffered for the other. */
function keep(cache: Cache, key: string, stream: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  const client = new FixedLengthStream(size);
  const copy = new FixedLengthStream(size);
  const kept = new Response(copy.readable, {
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(size),
      "Cache-Control": `public, max-age=${lifetime}, immutable`,
    },
  });
  waitUntil(remember(cache, key, kept, copyInStep(stream, client.writable, copy.writable)));
  return client.readable;
}

/** A copy that fails only means that the next reader asks the store again. */
async function remember(cache: Cache, key: string, kept: Response, copying: Promise<boolean>): Promise<void> {
  const [, copied] = await Promise.all([cache.put(addressOf(key), kept).catch(() => undefined), copying]);
  // A broken body should not be kept by any cache; the local runtime's does.
  if (!copied) await cache.delete(addressOf(key)).catch(() => undefined);
}

/** Resolves to whether the copy is whole. */
async function copyInStep(
  from: ReadableStream<Uint8Array>,
  client: WritableStream<Uint8Array>,
  copy: WritableStream<Uint8Array>,
): Promise<boolean> {
  const reader = from.getReader({ mode: "byob" });
  const first = client.getWriter();
  const second = copy.getWriter();
  let copying = true;
  const stopCopying = () => {
    copying = false;
  };
  try {
    let buffer = new ArrayBuffer(readSize);
    for (;;) {
      const { value } = await reader.readAtLeast(readSize, new Uint8Array(buffer));
      if (value === undefined || value.byteLength === 0) break;
      await Promise.all([first.write(value), copying ? second.write(value).catch(stopCopying) : undefined]);
      buffer = value.buffer as ArrayBuffer;
    }
    await Promise.all([first.close(), copying ? second.close().catch(stopCopying) : undefined]);
    return copying;
  } catch (error) {
    // The client left or the store broke off: the client sees a short body, the cache keeps nothing.
    await Promise.allSettled([first.abort(error), second.abort(error), reader.cancel(error)]);
    return false;
  }
}
