import { describe, expect, it } from "vitest";
import type { BlobStore } from "../../workers/storage/blob-store.ts";
import { type ByteSource, sourceFromBytes } from "../../workers/storage/byte-source.ts";

const mebibyte = 1024 * 1024;

/** Bytes that differ everywhere, so that a piece in the wrong place shows. */
function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16) * 7 + seed) & 0xff;
  return bytes;
}

/** A source in chunks through one buffer that is used again, as a request's body is. */
function chunked(bytes: Uint8Array, options: { size?: number | undefined; failAt?: number } = {}): ByteSource {
  const buffer = new Uint8Array(256 * 1024);
  let at = 0;
  return {
    size: options.size,
    read() {
      if (options.failAt !== undefined && at >= options.failAt)
        return Promise.reject(new Error("the client went away"));
      const piece = bytes.subarray(at, at + buffer.byteLength);
      at += piece.byteLength;
      if (piece.byteLength === 0) return Promise.resolve(undefined);
      buffer.fill(0);
      buffer.set(piece);
      return Promise.resolve(buffer.subarray(0, piece.byteLength));
    },
    cancel: () => Promise.resolve(),
    release: () => undefined,
  };
}

async function read(
  store: BlobStore,
  key: string,
  range?: { offset: number; length: number },
): Promise<Uint8Array | undefined> {
  const stream = await store.get(key, range);
  return stream && new Uint8Array(await new Response(stream).arrayBuffer());
}

async function keys(store: BlobStore, prefix: string): Promise<{ key: string; size: number }[]> {
  const found: { key: string; size: number }[] = [];
  for await (const { key, size } of store.list(prefix)) found.push({ key, size });
  return found;
}

/**
 * What every blob store promises, whatever holds its bytes. `open` gives the store that is tested; each test uses keys
 * of its own.
 */
export function blobStoreContract(name: string, open: () => BlobStore | Promise<BlobStore>): void {
  let folder = 0;
  const fresh = async () => ({ store: await open(), at: `contract/${name.replaceAll(/\W/g, "")}/${folder++}` });

  describe(`${name}: put and get`, () => {
    const sizes = [1, 255 * 1024, 8 * mebibyte - 1, 8 * mebibyte, 8 * mebibyte + 1, 17 * mebibyte];
    it.each(
      sizes.flatMap((size) => [
        { size, stated: true },
        { size, stated: false },
      ]),
    )("$size bytes, length stated: $stated, come back as they were", async ({ size, stated }) => {
      const { store, at } = await fresh();
      const bytes = pattern(size, 1);
      expect(await store.put(`${at}/a`, chunked(bytes, { size: stated ? size : undefined }))).toBe(size);
      expect(await store.size(`${at}/a`)).toBe(size);
      expect(Buffer.compare((await read(store, `${at}/a`)) ?? new Uint8Array(0), bytes)).toBe(0);
    });

    it("an empty source holds nothing, whether or not that leaves an object", async () => {
      const { store, at } = await fresh();
      expect(await store.put(`${at}/stated`, chunked(new Uint8Array(0), { size: 0 }))).toBe(0);
      expect(await store.put(`${at}/open`, chunked(new Uint8Array(0)))).toBe(0);
      for (const key of ["stated", "open"]) expect((await read(store, `${at}/${key}`))?.byteLength ?? 0).toBe(0);
    });

    it.each([
      [0, 1],
      [99, 1],
      [0, 100],
      [10, 50],
    ])("a range from %i of %i bytes is exactly that", async (offset, length) => {
      const { store, at } = await fresh();
      const bytes = pattern(100, 2);
      await store.put(`${at}/a`, sourceFromBytes(bytes));
      expect(
        Buffer.from((await read(store, `${at}/a`, { offset, length })) ?? []).equals(
          bytes.subarray(offset, offset + length),
        ),
      ).toBe(true);
    });

    it("what is not there is undefined", async () => {
      const { store, at } = await fresh();
      expect(await store.get(`${at}/none`)).toBeUndefined();
      expect(await store.get(`${at}/none`, { offset: 0, length: 1 })).toBeUndefined();
      expect(await store.size(`${at}/none`)).toBeUndefined();
    });
  });

  describe(`${name}: a put that fails`, () => {
    it.each([
      ["at the first byte, length stated", mebibyte, 0, true],
      ["in the middle, length stated", mebibyte, 600 * 1024, true],
      ["at the first byte, length unknown", mebibyte, 0, false],
      ["in the middle, length unknown", mebibyte, 600 * 1024, false],
      ["after several parts, length unknown", 20 * mebibyte, 18 * mebibyte, false],
    ])(
      "because its source breaks off %s tells the source's own error and leaves nothing",
      async (_, size, failAt, stated) => {
        const { store, at } = await fresh();
        const source = chunked(pattern(size, 3), { failAt, size: stated ? size : undefined });
        await expect(store.put(`${at}/a`, source)).rejects.toThrow("the client went away");
        expect(await store.size(`${at}/a`)).toBeUndefined();
        expect(await store.get(`${at}/a`)).toBeUndefined();
        expect(await keys(store, `${at}/`)).toEqual([]);
      },
    );

    it("leaves the key free for the next attempt", async () => {
      const { store, at } = await fresh();
      await store.put(`${at}/a`, chunked(pattern(1000, 4), { failAt: 0, size: 1000 })).catch(() => undefined);
      await store.put(`${at}/a`, sourceFromBytes(pattern(10, 5)));
      expect(Buffer.from((await read(store, `${at}/a`)) ?? []).equals(pattern(10, 5))).toBe(true);
    });
  });

  describe(`${name}: delete and list`, () => {
    it("deletes what it is given and nothing else; what is not there is no error", async () => {
      const { store, at } = await fresh();
      for (const key of ["a", "b", "c"]) await store.put(`${at}/${key}`, sourceFromBytes(pattern(3, 6)));
      await store.delete([`${at}/a`, `${at}/none`, `${at}/c`]);
      await store.delete([]);
      expect(await keys(store, `${at}/`)).toEqual([{ key: `${at}/b`, size: 3 }]);
    });

    it("lists every key with the prefix, at any depth, with its size", async () => {
      const { store, at } = await fresh();
      await store.put(`${at}/x/1`, sourceFromBytes(pattern(1, 7)));
      await store.put(`${at}/x/2/deep`, sourceFromBytes(pattern(2, 7)));
      await store.put(`${at}/xy`, sourceFromBytes(pattern(3, 7)));
      expect((await keys(store, `${at}/x`)).map(({ key, size }) => [key.slice(at.length), size])).toEqual([
        ["/x/1", 1],
        ["/x/2/deep", 2],
        ["/xy", 3],
      ]);
      expect((await keys(store, `${at}/x/`)).map(({ key }) => key.slice(at.length))).toEqual(["/x/1", "/x/2/deep"]);
      expect(await keys(store, `${at}/nothing`)).toEqual([]);
    });

    it("lists in byte order, from behind a key on, and says when each object was stored", async () => {
      const { store, at } = await fresh();
      const before = Date.now();
      const wanted = ["a-b/1", "a/1", "a/10", "a/2", "a0/1", "b"].map((key) => `${at}/${key}`);
      for (const key of wanted.toReversed()) await store.put(key, sourceFromBytes(pattern(1, 9)));
      const listed = async (after?: string) => {
        const found = [];
        for await (const object of store.list(`${at}/`, after)) found.push(object);
        return found;
      };
      expect((await listed()).map(({ key }) => key)).toEqual(wanted);
      for (const [index, key] of wanted.entries()) {
        expect((await listed(key)).map((object) => object.key)).toEqual(wanted.slice(index + 1));
      }
      expect((await listed(`${at}/a/1~`)).map(({ key }) => key)).toEqual(wanted.slice(3));
      // File times and HTTP dates are in whole seconds.
      for (const { storedAt } of await listed()) expect(Math.abs(storedAt - before)).toBeLessThan(60_000);
    });

    it("lists and deletes more than one page of keys", { timeout: 60_000 }, async () => {
      const { store, at } = await fresh();
      const many = Array.from({ length: 1100 }, (_, i) => `${at}/${String(i).padStart(4, "0")}`);
      for (let i = 0; i < many.length; i += 50) {
        await Promise.all(many.slice(i, i + 50).map((key) => store.put(key, sourceFromBytes(pattern(1, 8)))));
      }
      expect((await keys(store, `${at}/`)).map((entry) => entry.key)).toEqual(many);
      await store.delete(many);
      expect(await keys(store, `${at}/`)).toEqual([]);
    });
  });

  describe(`${name}: many at once`, () => {
    it("puts of different keys do not mix", async () => {
      const { store, at } = await fresh();
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.put(`${at}/${i}`, chunked(pattern(300_000 + i, i), { size: i % 2 ? 300_000 + i : undefined })),
        ),
      );
      for (let i = 0; i < 20; i++)
        expect(Buffer.compare((await read(store, `${at}/${i}`)) ?? new Uint8Array(0), pattern(300_000 + i, i))).toBe(0);
    });
  });
}
