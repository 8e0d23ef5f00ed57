import { DurableObject } from "cloudflare:workers";
import { type Digest, type DigestAlgorithm, digestAlgorithm } from "../../../core/digests.ts";
import { RegistryError, toOutcome, type Outcome } from "../../../core/errors.ts";
import {
  busyUpload,
  finishedUpload,
  knownDigest,
  recordBlob,
  unknownUpload,
  wrongDigest,
  wrongStart,
} from "../../domains/blobs/index.ts";
import type { Env } from "../../env.ts";
import { createLogger } from "../../http/log.ts";
import { nativeHasher } from "../../storage/hashing.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { segmentKey } from "../../storage/paths.ts";
import type { StoredSegment } from "../../storage/segments.ts";
import type { UploadClaim, UploadCommit, UploadLease, UploadStatus } from "./messages.ts";
import { type DirectUpload, freshUpload, type UploadPhase, type UploadState, UploadStorage } from "./state.ts";

const hour = 60 * 60 * 1000;
/** An upload that nobody touches for this long is dropped. */
const idleLimit = 24 * hour;
/** An upload that is over is remembered for as long as its opening could begin it anew; it answers repeats meanwhile. */
const overLimit = idleLimit;

/** How long after a failed record in D1 the next try comes. */
const recordRetry = 5_000;
/** How long after a store that did not delete an expired upload's objects it is asked again. */
const discardRetry = 10 * 60 * 1000;

export type { DirectUpload } from "./state.ts";
export type { UploadClaim, UploadCommit, UploadLease, UploadStatus } from "./messages.ts";

/** Throws `range_invalid` when a chunk does not start where the upload stands. */
function assertStart({ offset }: UploadState, start: number | undefined): void {
  if (start !== undefined && start !== offset) throw wrongStart(start, offset);
}

/**
 * One upload: who may write next, where it stands, how its hash stands. The bytes themselves never pass through here;
 * a writer takes a lease, stores its segment under the lease's key, and commits. A newer lease fences off an older
 * one, so two writers of one session cannot mix their bytes and a client that lost its connection never has to wait.
 */
export class UploadSession extends DurableObject<Env> {
  readonly #storage: UploadStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = new UploadStorage(ctx.storage);
  }

  /** Starts the upload that this object is named after, before it takes any bytes. */
  async create(id: string, claim: UploadClaim, algorithm: DigestAlgorithm): Promise<void> {
    await this.#create(freshUpload(claim, id, algorithm));
  }

  /** Where the upload stands. Errors: `upload_unknown`. */
  status(claim: UploadClaim): Promise<Outcome<UploadStatus>> {
    return toOutcome(() => {
      const state = this.#claimed(claim);
      return state.phase === "finished" && state.digest
        ? { finished: state.digest, size: state.offset }
        : { offset: state.offset };
    });
  }

  /**
   * Takes the right to write from `start` on (undefined: from wherever the upload stands).
   * Errors: `upload_unknown`, `range_invalid` with the true offset in its details.
   */
  lease(claim: UploadClaim, start: number | undefined): Promise<Outcome<UploadLease>> {
    return toOutcome(async () => {
      const state = this.#open(claim);
      assertStart(state, start);
      state.attempt += 1;
      state.loose.push(state.attempt);
      await this.#save(state);
      return {
        attempt: state.attempt,
        key: segmentKey(state.id, state.attempt),
        offset: state.offset,
        algorithm: state.algorithm,
        whole: state.whole,
        hash: state.hash,
      };
    });
  }

  /**
   * Notes that the holder of a lease lets its client send the bytes to the store itself, and returns the attempt that
   * this one replaces, for the caller to drop. Errors: `upload_unknown`, `upload_busy`.
   */
  beginDirect(claim: UploadClaim, direct: DirectUpload): Promise<Outcome<DirectUpload | null>> {
    return toOutcome(() => {
      const state = this.#held(claim, direct.attempt);
      const replaced = state.direct ?? null;
      state.direct = direct;
      state.touched = Date.now();
      this.#storage.save(state);
      return replaced;
    });
  }

  /** The direct attempt of an open upload; null when there is none. Errors: `upload_unknown`. */
  direct(claim: UploadClaim): Promise<Outcome<DirectUpload | null>> {
    return toOutcome(() => this.#open(claim).direct ?? null);
  }

  /**
   * Gives up a direct attempt whose bytes turned out wrong: once it is given up nothing can record them, so its object may
   * go. Errors: `upload_busy` when it was given up or replaced before, `upload_unknown` when the upload is over.
   */
  giveUpDirect(claim: UploadClaim, attempt: number): Promise<Outcome<null>> {
    return toOutcome(() => {
      const state = this.#held(claim, attempt);
      state.attempt += 1;
      state.direct = undefined;
      state.touched = Date.now();
      this.#storage.save(state);
      return null;
    });
  }

  /** How far the upload is; undefined when there is none of this id, or not any more. */
  phase(): UploadPhase | undefined {
    return this.#storage.load()?.phase;
  }

  /** What is stored so far, in order. Errors: `upload_unknown`. */
  segments(claim: UploadClaim): Promise<Outcome<StoredSegment[]>> {
    return toOutcome(() => {
      return this.#claimed(claim).attempt === 0 ? [] : this.#storage.segments();
    });
  }

  /** Adds the stored segment and returns the new offset. Errors: `upload_unknown`, `upload_busy` when fenced off. */
  commit(claim: UploadClaim, commit: UploadCommit): Promise<Outcome<{ offset: number }>> {
    return toOutcome(() => {
      const state = this.#held(claim, commit.attempt);
      this.#append(state, commit);
      return { offset: state.offset };
    });
  }

  /**
   * Ends the upload as `digest`, which the caller has verified over exactly the bytes of this attempt, and records
   * the blob for the repository before it answers. Repeating the call is safe. Errors: `upload_unknown`,
   * `upload_busy`, `unavailable` when D1 does not answer (the alarm then finishes the work).
   */
  complete(claim: UploadClaim, commit: UploadCommit, digest: Digest): Promise<Outcome<{ size: number }>> {
    return toOutcome(async () => {
      const state = this.#held(claim, commit.attempt);
      state.phase = "sealed";
      state.digest = digest;
      this.#append(state, commit);
      await this.ctx.storage.setAlarm(Date.now() + recordRetry);
      await this.#record(state);
      return { size: state.offset };
    });
  }

  /**
   * Ends the upload as `digest` without further bytes, when the digest of what is there is known; null when the caller has
   * to read it. Repeating the call is safe. Errors: `upload_unknown`, `range_invalid`, `digest_invalid`, `unavailable`.
   */
  finish(claim: UploadClaim, digest: Digest, start: number | undefined): Promise<Outcome<{ size: number } | null>> {
    return toOutcome(async () => {
      const state = this.#claimed(claim);
      if (state.phase !== "open" && state.digest === digest) {
        if (state.phase === "sealed") await this.#record(state);
        return { size: state.offset };
      }
      assertStart(this.#open(claim), start);
      const algorithm = digestAlgorithm(digest);
      const known = state.offset === 0 ? nativeHasher(algorithm).digest() : knownDigest(state, algorithm);
      if (!known) return null;
      if (known !== digest) throw wrongDigest(digest, known);
      // Whoever still writes is fenced off.
      state.attempt += 1;
      state.phase = "sealed";
      state.digest = digest;
      await this.#save(state, recordRetry);
      await this.#record(state);
      return { size: state.offset };
    });
  }

  /**
   * Answers a repeated `complete`: records the blob if that is still to do. Undefined when the upload is still open.
   * Errors: `upload_unknown`, `unavailable`.
   */
  settle(claim: UploadClaim): Promise<Outcome<{ digest: Digest; size: number } | undefined>> {
    return toOutcome(async () => {
      const state = this.#claimed(claim);
      if (state.phase === "open" || !state.digest) return undefined;
      if (state.phase === "sealed") await this.#record(state);
      return { digest: state.digest, size: state.offset };
    });
  }

  /** Drops the upload and its bytes. Errors: `upload_unknown`. */
  cancel(claim: UploadClaim): Promise<Outcome<null>> {
    return toOutcome(async () => {
      const state = this.#open(claim);
      await this.#deleteObjects(state, []);
      state.phase = "cancelled";
      await this.#save(state, overLimit);
      return null;
    });
  }

  override async alarm(): Promise<void> {
    const state = this.#storage.load();
    if (!state) return;
    if (state.phase === "sealed") {
      // Armed before the attempt: whatever happens to this one, there is a next one.
      await this.ctx.storage.setAlarm(Date.now() + recordRetry);
      return this.#record(state).catch(() => undefined);
    }
    const deadline = state.touched + (state.phase === "open" ? idleLimit : overLimit);
    if (Date.now() < deadline) return this.ctx.storage.setAlarm(deadline);
    if (state.phase !== "open") return this.#storage.clear();
    // Armed before as well: the platform repeats an alarm that fails only a few times, and the store may be away longer.
    await this.ctx.storage.setAlarm(Date.now() + discardRetry);
    return this.#discard(state).catch((error: unknown) =>
      createLogger({ upload: state.id }).error("upload.discard_failed", error),
    );
  }

  /** Makes the upload in storage. */
  async #create(state: UploadState, alarmIn = idleLimit): Promise<void> {
    this.#storage.create(state);
    await this.ctx.storage.setAlarm(Date.now() + alarmIn);
  }

  /** Saves a change, together with the upload itself when this is the first one. `alarmIn`: moves the alarm, ms. */
  async #save(state: UploadState, alarmIn?: number): Promise<void> {
    state.touched = Date.now();
    if (!this.#storage.load()) return this.#create(state, alarmIn);
    this.#storage.save(state);
    if (alarmIn !== undefined) await this.ctx.storage.setAlarm(Date.now() + alarmIn);
  }

  #claimed(claim: UploadClaim): UploadState {
    const { opening } = claim;
    const state = this.#storage.load() ?? (opening && freshUpload(claim, opening.id, opening.algorithm));
    const own = state?.repository === claim.repository && state.userId === claim.userId;
    if (own && state.phase !== "cancelled") return state;
    throw unknownUpload();
  }

  #open(claim: UploadClaim): UploadState {
    const state = this.#claimed(claim);
    if (state.phase === "open") return state;
    throw finishedUpload(state.digest);
  }

  #held(claim: UploadClaim, attempt: number): UploadState {
    const state = this.#open(claim);
    if (state.attempt === attempt) return state;
    throw busyUpload(state.offset);
  }

  #append(state: UploadState, commit: UploadCommit): void {
    state.offset += commit.segment?.size ?? 0;
    state.whole = commit.whole;
    state.hash = commit.hash;
    state.touched = Date.now();
    state.loose = state.loose.filter((attempt) => attempt !== commit.attempt);
    // The lease is used up: the same commit, sent twice, must not count twice.
    state.attempt += 1;
    this.#storage.append(state, commit.segment);
  }

  async #record(state: UploadState): Promise<void> {
    if (!state.digest) throw new Error("a sealed upload has a digest");
    const segments = this.#storage.segments();
    const { id, digest, offset: size, repository } = state;
    const kept = await recordBlob(this.env.DB, { digest, size, segments, repository, at: Date.now() }).catch(
      (cause: unknown) => {
        // Errors lose their cause on the way to the caller, so the reason is logged here.
        createLogger({ upload: id }).error("upload.record_failed", cause, { digest });
        throw new RegistryError("unavailable", "The content is stored but not yet recorded.", {
          cause,
          suggestions: ["Repeat the call; it does no harm, and the registry keeps trying by itself."],
        });
      },
    );
    // Somebody else may have stored the same content first; then these bytes are not needed. Before "finished", so that
    // the alarm repeats all of this when the store does not answer.
    await this.#deleteObjects(state, kept ? segments : []);
    state.phase = "finished";
    state.touched = Date.now();
    this.#storage.save(state);
    await this.ctx.storage.setAlarm(Date.now() + overLimit);
  }

  async #discard(state: UploadState): Promise<void> {
    await this.#deleteObjects(state, []);
    await this.#storage.clear();
  }

  /** Deletes every segment, and what any attempt may have left behind, except the segments that are in use. */
  async #deleteObjects(state: UploadState, kept: readonly StoredSegment[]): Promise<void> {
    const keep = new Set(kept.map((segment) => segment.key));
    const segments = state.attempt === 0 ? [] : this.#storage.segments();
    const store = blobStoreOf(this.env);
    if (state.direct && !keep.has(state.direct.key)) await store.direct?.abort(state.direct.key, state.direct.storeId);
    const left = state.loose.map((attempt) => segmentKey(state.id, attempt));
    const keys = [...segments.map((segment) => segment.key), ...left].filter((key) => !keep.has(key));
    if (keys.length > 0) await store.delete(keys);
  }
}
