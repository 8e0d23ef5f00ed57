import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import { type Outcome, unwrap } from "../../../core/errors.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { findLinkedBlob } from "../../domains/blobs/index.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { withoutTable } from "../../testing/graph.ts";
import type { UploadClaim, UploadCommit, UploadLease, UploadStatus } from "./index.ts";

const store = blobStoreOf(env);
const hour = 3_600_000;
const claim: UploadClaim = { repository: "users/ann/thing" as Repository, userId: "ann" };

afterEach(() => {
  vi.useRealTimers();
});

/** Moves the clock of the object too: it runs in the tests' isolate. */
const passTime = (milliseconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + milliseconds });

async function open(repository = claim.repository) {
  const id = crypto.randomUUID();
  const mine = { ...claim, repository };
  const session = () => env.UPLOADS.get(env.UPLOADS.idFromName(id));
  await session().create(id, mine, "sha256");
  const lease = async (start?: number) => unwrap((await session().lease(mine, start)) as Outcome<UploadLease>);
  return {
    id,
    session,
    mine,
    lease,
    status: async () => (await session().status(mine)) as Outcome<UploadStatus>,
    async keys() {
      const found: string[] = [];
      for await (const { key } of store.list(`blobs/${id}/`)) found.push(key);
      return found.toSorted();
    },
    /** Stores a segment under a lease, as a request does before it commits. */
    async write(taken: UploadLease, text: string): Promise<UploadCommit> {
      const bytes = new TextEncoder().encode(text);
      await store.put(taken.key, sourceFromBytes(bytes));
      return {
        attempt: taken.attempt,
        segment: { key: taken.key, size: bytes.byteLength },
        whole: undefined,
        hash: undefined,
      };
    },
  };
}

const digestOf = (text: string) => digestBytes("sha256", new TextEncoder().encode(text));
const refusal = (code: string) => ({ ok: false, error: { code } });

describe("leases", () => {
  it("a newer writer fences off an older one, whose bytes never count", async () => {
    const upload = await open();
    const older = await upload.lease(0);
    const newer = await upload.lease(0);
    const late = await upload.write(older, "older bytes");
    const first = await upload.write(newer, "new");
    expect(await upload.session().commit(upload.mine, first)).toEqual({ ok: true, value: { offset: 3 } });
    expect(await upload.session().commit(upload.mine, late)).toMatchObject(refusal("upload_busy"));
    expect(await upload.status()).toEqual({ ok: true, value: { offset: 3 } });
    expect(await upload.session().segments(upload.mine)).toEqual({ ok: true, value: [{ key: newer.key, size: 3 }] });
  });

  it("an older writer cannot finish the upload either", async () => {
    const upload = await open();
    const older = await upload.lease(0);
    await upload.lease(0);
    const commit = await upload.write(older, "older bytes");
    expect(await upload.session().complete(upload.mine, commit, await digestOf("older bytes"))).toMatchObject(
      refusal("upload_busy"),
    );
    expect(await upload.status()).toEqual({ ok: true, value: { offset: 0 } });
  });

  it("a lease counts once: the same commit again is refused, not added twice", async () => {
    const upload = await open();
    const commit = await upload.write(await upload.lease(0), "abc");
    await upload.session().commit(upload.mine, commit);
    expect(await upload.session().commit(upload.mine, commit)).toMatchObject(refusal("upload_busy"));
    expect(await upload.status()).toEqual({ ok: true, value: { offset: 3 } });
  });

  it("are only given for where the upload stands, and every key is new", async () => {
    const upload = await open();
    expect(await upload.session().lease(upload.mine, 1)).toMatchObject({
      ok: false,
      error: { code: "range_invalid", details: { offset: 0 } },
    });
    const keys = [(await upload.lease()).key, (await upload.lease(0)).key, (await upload.lease(0)).key];
    expect(new Set(keys).size).toBe(3);
  });

  it("survive eviction between lease and commit", async () => {
    const upload = await open();
    const commit = await upload.write(await upload.lease(0), "abc");
    await evictDurableObject(upload.session());
    expect(await upload.session().commit(upload.mine, commit)).toEqual({ ok: true, value: { offset: 3 } });
  });

  it("are for the user and repository that opened the upload", async () => {
    const upload = await open();
    for (const other of [
      { ...upload.mine, userId: "eve" },
      { ...upload.mine, repository: "users/ann/other" as Repository },
    ]) {
      expect(await upload.session().lease(other, 0)).toMatchObject(refusal("upload_unknown"));
      expect(await upload.session().status(other)).toMatchObject(refusal("upload_unknown"));
      expect(await upload.session().cancel(other)).toMatchObject(refusal("upload_unknown"));
    }
  });
});

describe("expiry", () => {
  it("after a day without a touch, everything that was stored is deleted and the upload is unknown", async () => {
    const upload = await open();
    await upload.session().commit(upload.mine, await upload.write(await upload.lease(0), "abc"));
    await upload.write(await upload.lease(3), "never committed");
    expect(await upload.keys()).toHaveLength(2);
    passTime(24 * hour + 1);
    expect(await runDurableObjectAlarm(upload.session())).toBe(true);
    expect(await upload.keys()).toEqual([]);
    expect(await upload.status()).toMatchObject(refusal("upload_unknown"));
    expect(await runDurableObjectAlarm(upload.session())).toBe(false);
  });

  it("an upload that was touched meanwhile stays, with another alarm", async () => {
    const upload = await open();
    passTime(23 * hour);
    await upload.session().commit(upload.mine, await upload.write(await upload.lease(0), "abc"));
    passTime(2 * hour);
    expect(await runDurableObjectAlarm(upload.session())).toBe(true);
    expect(await upload.status()).toEqual({ ok: true, value: { offset: 3 } });
    passTime(23 * hour);
    expect(await runDurableObjectAlarm(upload.session())).toBe(true);
    expect(await upload.status()).toMatchObject(refusal("upload_unknown"));
  });

  it("a finished upload is forgotten after a day; the blob stays", async () => {
    const upload = await open();
    const digest = await digestOf("kept");
    const commit = await upload.write(await upload.lease(0), "kept");
    await upload.session().complete(upload.mine, commit, digest);
    passTime(24 * hour + 1);
    await runDurableObjectAlarm(upload.session());
    expect(await upload.status()).toMatchObject(refusal("upload_unknown"));
    expect(await upload.keys()).toEqual([commit.segment?.key]);
    expect(await findLinkedBlob(env.DB, claim.repository, digest)).toMatchObject({ size: 4 });
  });

  it("cancelling deletes what was stored, at once", async () => {
    const upload = await open();
    await upload.session().commit(upload.mine, await upload.write(await upload.lease(0), "abc"));
    expect(await upload.session().cancel(upload.mine)).toEqual({ ok: true, value: null });
    expect(await upload.keys()).toEqual([]);
  });
});

describe("finishing", () => {
  it("keeps the segments of the blob and deletes what other attempts left", async () => {
    const upload = await open();
    await upload.write(await upload.lease(0), "abandoned");
    const first = await upload.write(await upload.lease(0), "ab");
    await upload.session().commit(upload.mine, first);
    const last = await upload.write(await upload.lease(2), "c");
    expect(await upload.session().complete(upload.mine, last, await digestOf("abc"))).toEqual({
      ok: true,
      value: { size: 3 },
    });
    expect(await upload.keys()).toEqual([first.segment?.key, last.segment?.key]);
  });

  it("content that is stored already keeps its first copy and drops the second", async () => {
    const [one, two] = [await open(), await open("users/ann/other" as Repository)];
    const digest = await digestOf("twice");
    for (const upload of [one, two])
      await upload.session().complete(upload.mine, await upload.write(await upload.lease(0), "twice"), digest);
    expect([(await one.keys()).length, (await two.keys()).length]).toEqual([1, 0]);
    expect(await findLinkedBlob(env.DB, two.mine.repository, digest)).toMatchObject({
      segments: [{ key: (await one.keys())[0] }],
    });
  });

  it("when D1 fails is unavailable; the same call again, or the alarm, finishes it", async () => {
    for (const finish of ["settle", "alarm"] as const) {
      const upload = await open();
      const text = `finished by ${finish}`;
      const digest = await digestOf(text);
      const commit = await upload.write(await upload.lease(0), text);
      const failed = await withoutTable("blobs", async () => {
        const first = await upload.session().complete(upload.mine, commit, digest);
        expect(await upload.session().settle(upload.mine)).toMatchObject(refusal("unavailable"));
        return first;
      });
      expect(failed).toMatchObject(refusal("unavailable"));
      expect(await findLinkedBlob(env.DB, claim.repository, digest)).toBeUndefined();
      expect(await upload.session().lease(upload.mine, undefined)).toMatchObject(refusal("upload_unknown"));
      await evictDurableObject(upload.session());
      if (finish === "alarm") expect(await runDurableObjectAlarm(upload.session())).toBe(true);
      expect(await upload.session().settle(upload.mine)).toEqual({ ok: true, value: { digest, size: text.length } });
      expect(await findLinkedBlob(env.DB, claim.repository, digest)).toMatchObject({ size: text.length });
      expect(await upload.keys()).toEqual([commit.segment?.key]);
    }
  });

  it("the alarm keeps trying while D1 is away", async () => {
    const upload = await open();
    const digest = await digestOf("patience");
    const commit = await upload.write(await upload.lease(0), "patience");
    await withoutTable("blobs", async () => {
      await upload.session().complete(upload.mine, commit, digest);
      expect(await runDurableObjectAlarm(upload.session())).toBe(true);
    });
    expect(await runDurableObjectAlarm(upload.session())).toBe(true);
    expect(await upload.status()).toEqual({ ok: true, value: { finished: digest, size: 8 } });
  });

  it("nothing that was never finished has an answer to settle", async () => {
    const upload = await open();
    expect(await upload.session().settle(upload.mine)).toEqual({ ok: true, value: undefined });
  });
});
