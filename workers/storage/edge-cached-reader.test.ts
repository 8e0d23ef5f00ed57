import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { BlobReader, ByteRange } from "./blob-store.ts";
import { sourceFromBytes } from "./byte-source.ts";
import { EdgeCachedReader } from "./edge-cached-reader.ts";
import { R2BlobStore } from "./r2-blob-store.ts";

const store = new R2BlobStore(env.BLOBS);
const bytes = new Uint8Array(700_000).map((_, at) => (at * 31 + (at >> 8)) & 0xff);

/** The store, counting how often it is asked. */
function counting(): BlobReader & { asked: number } {
  return {
    asked: 0,
    get(key: string, range?: ByteRange) {
      this.asked += 1;
      return store.get(key, range);
    },
  };
}

async function fixture() {
  const key = `edge/${crypto.randomUUID()}`;
  await store.put(key, sourceFromBytes(bytes));
  const source = counting();
  const reader = new EdgeCachedReader(source);
  const read = async (range?: ByteRange) => {
    const stream = await reader.get(key, range, bytes.byteLength);
    return stream && Buffer.from(await new Response(stream).arrayBuffer());
  };
  return { key, source, reader, read };
}

/** The copy goes into the cache after the client has its bytes. */
async function settled(read: () => Promise<unknown>): Promise<void> {
  const ctx = createExecutionContext();
  await read();
  await waitOnExecutionContext(ctx);
  await scheduler.wait(50);
}

it("asks the store once, however often the whole or a part of it is read afterwards", async () => {
  const { source, read } = await fixture();
  await settled(async () => expect((await read())?.equals(bytes)).toBe(true));
  expect(source.asked).toBe(1);
  expect((await read())?.equals(bytes)).toBe(true);
  for (const range of [
    { offset: 0, length: 1 },
    { offset: 699_999, length: 1 },
    { offset: 1000, length: 300_000 },
  ]) {
    expect((await read(range))?.equals(bytes.subarray(range.offset, range.offset + range.length))).toBe(true);
  }
  expect(source.asked).toBe(1);
});

it("a part that is asked for first comes from the store and is not taken for the whole", async () => {
  const { source, read } = await fixture();
  const range = { offset: 5, length: 10 };
  await settled(async () => expect((await read(range))?.equals(bytes.subarray(5, 15))).toBe(true));
  expect((await read())?.equals(bytes)).toBe(true);
  expect(source.asked).toBe(2);
});

it("a client that leaves half way leaves no half object behind", async () => {
  const { key, source, reader, read } = await fixture();
  await settled(async () => {
    const stream = await reader.get(key, undefined, bytes.byteLength);
    const half = stream?.getReader();
    await half?.read();
    await half?.cancel();
  });
  expect((await read())?.equals(bytes)).toBe(true);
  expect(source.asked).toBe(2);
});

it("what the store does not have stays unknown and is asked for again", async () => {
  const source = counting();
  const reader = new EdgeCachedReader(source);
  for (let i = 0; i < 2; i++) expect(await reader.get(`edge/${crypto.randomUUID()}`, undefined, 10)).toBeUndefined();
  expect(source.asked).toBe(2);
});

it("an object of unknown size, or one that no cache takes, goes by the cache", async () => {
  const { key, source, reader } = await fixture();
  for (const size of [undefined, 600_000_000, undefined, 600_000_000]) {
    await (await reader.get(key, undefined, size))?.cancel();
  }
  expect(source.asked).toBe(4);
});
