import { describe, expect, it } from "vitest";
import type { BlobStore, DirectAccess, DirectPart } from "../../workers/storage/index.ts";
import { sourceFromBytes } from "../../workers/storage/byte-source.ts";

/** The least that S3 takes for a part that is not the last one. */
const partSize = 5 * 1024 * 1024;

function bytesOf(size: number, seed: number): Uint8Array {
  return new Uint8Array(size).map((_, at) => (at * 7 + (at >> 9) * 13 + seed) & 0xff);
}

async function put(url: string, bytes: Uint8Array): Promise<Response> {
  return fetch(url, { method: "PUT", body: bytes });
}

/** What clients may rely on when they move bytes without the Worker, whatever store it is. */
export function directAccessContract(name: string, open: () => BlobStore): void {
  const fresh = () => {
    const store = open();
    return { store, direct: store.direct as DirectAccess, key: `direct/${crypto.randomUUID()}` };
  };
  const send = async (direct: DirectAccess, key: string, id: string, number: number, bytes: Uint8Array) => {
    const answer = await put(await direct.partUrl(key, id, number, 60), bytes);
    expect(answer.status).toBe(200);
    return { number, etag: answer.headers.get("etag") ?? "" } satisfies DirectPart;
  };

  describe(`${name}: direct access`, () => {
    it("parts that arrive in any order make one object, and nothing is visible before", async () => {
      const { store, direct, key } = fresh();
      const id = await direct.begin(key);
      const contents = [bytesOf(partSize, 1), bytesOf(partSize, 2), bytesOf(1000, 3)];
      const parts: DirectPart[] = [];
      for (const number of [3, 1, 2]) {
        parts.push(await send(direct, key, id, number, contents[number - 1] as Uint8Array));
      }
      expect(await store.size(key)).toBeUndefined();
      expect(
        await direct.complete(
          key,
          id,
          parts.toSorted((a, b) => a.number - b.number),
        ),
      ).toBe(true);
      expect(await store.size(key)).toBe(2 * partSize + 1000);
      const stored = new Uint8Array(await new Response(await store.get(key)).arrayBuffer());
      expect(Buffer.compare(stored, Buffer.concat(contents))).toBe(0);
    });

    it("an address of a part is of no use once the upload is complete, and completing again says false", async () => {
      const { store, direct, key } = fresh();
      const id = await direct.begin(key);
      const part = await send(direct, key, id, 1, bytesOf(10, 4));
      const late = await direct.partUrl(key, id, 1, 60);
      expect(await direct.complete(key, id, [part])).toBe(true);
      expect((await put(late, bytesOf(10, 5))).ok).toBe(false);
      expect(await direct.complete(key, id, [part])).toBe(false);
      expect(Buffer.from(await new Response(await store.get(key)).arrayBuffer()).equals(bytesOf(10, 4))).toBe(true);
    });

    it("a part that was not sent is upload_invalid and leaves nothing", async () => {
      const { store, direct, key } = fresh();
      const id = await direct.begin(key);
      const part = await send(direct, key, id, 1, bytesOf(10, 6));
      const wrong = { number: 1, etag: '"00000000000000000000000000000000"' };
      await expect(direct.complete(key, id, [wrong])).rejects.toMatchObject({ code: "upload_invalid" });
      expect(await store.size(key)).toBeUndefined();
      expect(await direct.complete(key, id, [part])).toBe(true);
    });

    it("an upload that was dropped is gone, and dropping it again is fine", async () => {
      const { store, direct, key } = fresh();
      const id = await direct.begin(key);
      const part = await send(direct, key, id, 1, bytesOf(10, 7));
      await direct.abort(key, id);
      await direct.abort(key, id);
      expect(await direct.complete(key, id, [part])).toBe(false);
      expect(await store.size(key)).toBeUndefined();
    });

    it("a download address serves the object and its ranges", async () => {
      const { store, direct, key } = fresh();
      const bytes = bytesOf(1000, 8);
      await store.put(key, sourceFromBytes(bytes));
      // The local runtime's S3 API ignores the name; the interop suite holds a store to it.
      const url = await direct.downloadUrl(key, 60, 'attachment; filename="a b.tgz"');
      const whole = await fetch(url);
      expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
      const part = await fetch(url, { headers: { Range: "bytes=990-" } });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(990))).toBe(true);
    });

    it("an address works for its own object and method only, and not with a changed signature", async () => {
      const { store, direct, key } = fresh();
      await store.put(key, sourceFromBytes(bytesOf(10, 9)));
      const url = await direct.downloadUrl(key, 60);
      expect((await put(url, bytesOf(10, 10))).status).toBe(403);
      expect((await fetch(url.replace(key, `${key}x`))).status).toBe(403);
      expect((await fetch(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))).status).toBe(403);
    });
  });
}
