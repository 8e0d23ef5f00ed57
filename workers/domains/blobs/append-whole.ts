import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";
import { nativeHasher } from "../../storage/hashing.ts";
import { segmentKey } from "../../storage/paths.ts";
import type { UploadStanding } from "./append-chunk.ts";
import { appendToSession } from "./append-to-session.ts";
import type { Chunk } from "./chunk.ts";
import { dropObject } from "./drop-object.ts";
import { listObjects } from "./garbage.ts";
import { handOver } from "./hand-over.ts";
import type { UploadReference } from "./opening.ts";
import { storeBody } from "./store-body.ts";
import { busyUpload, finishedUpload, unknownUpload } from "./upload-errors.ts";
import { expectObject, noteWholeUpload, type StoredBytes, type WholeUpload } from "./whole-upload-store.ts";

/**
 * Stores what is most likely the whole blob, as docker sends it: a row in D1 notes it, and no session is made. When there
 * was something before, it goes to a session behind that. Errors: those of `appendChunk`.
 */
export async function appendWhole(
  ctx: Context,
  claim: UploadClaim,
  upload: UploadReference,
  chunk: Chunk,
): Promise<UploadStanding> {
  const began = ctx.now();
  const stored = await store(ctx, claim, upload.id, chunk);
  if (!stored) return { upload, offset: 0 };
  const noted = await noteWholeUpload(ctx.db, upload.id, stored, ctx.now()).catch((cause: unknown) => {
    // It may be noted although the answer was lost: the collector asks before it deletes anything.
    ctx.afterwards(listObjects(ctx.db, [stored.key], ctx.now()));
    throw new RegistryError("unavailable", "The content is stored but not recorded.", {
      cause,
      suggestions: ["Ask where the upload stands, with GET at its location, and go on from there."],
    });
  });
  if (noted.state === "stored" && noted.key === stored.key) return { upload, offset: stored.size };
  try {
    return await appendBehind(ctx, claim, upload.id, noted, { stored, began });
  } finally {
    await dropObject(ctx, stored.key);
  }
}

/** Undefined when the body turned out to be empty. */
async function store(ctx: Context, claim: UploadClaim, id: string, chunk: Chunk): Promise<StoredBytes | undefined> {
  const key = segmentKey(id, crypto.randomUUID());
  const hasher = nativeHasher(claim.opening?.algorithm ?? "sha256");
  // Of a body of known length a store keeps all or nothing. Otherwise a client that vanishes may leave something.
  if (chunk.size === undefined) await expectObject(ctx.db, key, ctx.now());
  try {
    const size = await storeBody(ctx, key, chunk, 0, (bytes) => hasher.update(bytes));
    if (size > 0) return { key, size, digest: hasher.digest() };
  } catch (error) {
    // It may be stored although the answer was lost.
    ctx.afterwards(dropObject(ctx, key));
    throw error;
  }
  await dropObject(ctx, key);
  return undefined;
}

/** Adds what was stored to an upload that took something before this request began. */
async function appendBehind(
  ctx: Context,
  claim: UploadClaim,
  id: string,
  noted: WholeUpload,
  { stored, began }: { readonly stored: StoredBytes; readonly began: number },
): Promise<UploadStanding> {
  if (noted.state === "cancelled") throw unknownUpload();
  if (noted.state === "finished") throw finishedUpload(noted.digest);
  // Two writers at once: bytes of both would be mixed.
  if (noted.storedAt >= began) throw busyUpload(noted.size);
  await handOver(ctx, claim, id);
  const body = (await ctx.blobs.get(stored.key, undefined, stored.size)) ?? null;
  const { offset } = await appendToSession(ctx, claim, id, { body, size: stored.size, range: undefined });
  return { upload: { id }, offset };
}
