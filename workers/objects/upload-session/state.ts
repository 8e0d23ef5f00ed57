import type { Digest, DigestAlgorithm } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import type { StoredSegment } from "../../storage/segments.ts";
import type { UploadClaim } from "./messages.ts";

/**
 * open: takes chunks · sealed: complete, being recorded in D1 · finished: recorded, kept a while to answer repeats ·
 * cancelled: kept as long as its opening could begin it anew.
 */
export type UploadPhase = "open" | "sealed" | "finished" | "cancelled";

/** An attempt to bring the whole blob in by parts that the client sends to the store itself. */
export interface DirectUpload {
  /** The lease it holds. */
  readonly attempt: number;
  readonly key: string;
  /** The store's id of the attempt. */
  readonly storeId: string;
  /** Bytes that the client announced. */
  readonly size: number;
}

export interface UploadState {
  /** UUID of the upload; part of its segments' keys. */
  readonly id: string;
  readonly repository: Repository;
  readonly userId: string;
  /** Algorithm that the client announced; sha256 unless it said otherwise. */
  readonly algorithm: DigestAlgorithm;
  phase: UploadPhase;
  /** Bytes committed so far. */
  offset: number;
  /** Number of the newest write attempt. Only its holder may commit: an older writer is fenced off. */
  attempt: number;
  /** Attempts that may have left an object which is no segment. */
  loose: number[];
  /** Digest of all bytes so far, when one request carried them all. */
  whole: Digest | undefined;
  /** State of the resumable SHA-256 at `offset`, when every chunk so far went through it. */
  hash: Uint8Array | undefined;
  /** Undefined while the bytes come through the registry. */
  direct?: DirectUpload | undefined;
  /** What was sealed. */
  digest: Digest | undefined;
  /** Milliseconds since the epoch of the last change. */
  touched: number;
}

/** An upload that has taken nothing. */
export function freshUpload(claim: UploadClaim, id: string, algorithm: DigestAlgorithm): UploadState {
  return {
    repository: claim.repository,
    userId: claim.userId,
    id,
    algorithm,
    phase: "open",
    offset: 0,
    attempt: 0,
    loose: [],
    whole: undefined,
    hash: undefined,
    digest: undefined,
    touched: Date.now(),
  };
}

/** Persists one upload in the object's SQLite: the record as one value, the segments as rows that only grow. */
export class UploadStorage {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Makes the tables of a new upload. Not before: asking for an upload that never was must not store anything. */
  create(state: UploadState): void {
    this.#storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS segments (position INTEGER PRIMARY KEY, key TEXT NOT NULL, size INTEGER NOT NULL)",
    );
    this.save(state);
  }

  load(): UploadState | undefined {
    const state = this.#storage.kv.get<UploadState>("upload");
    // One that an earlier release began: any of its attempts may have left something.
    if (state) state.loose ??= Array.from({ length: state.attempt }, (_, index) => index + 1);
    return state;
  }

  save(state: UploadState): void {
    this.#storage.kv.put("upload", state);
  }

  /** Saves the record together with a new last segment, both or neither. */
  append(state: UploadState, segment: StoredSegment | undefined): void {
    this.#storage.transactionSync(() => {
      if (segment && segment.size > 0) {
        this.#storage.sql.exec("INSERT INTO segments (key, size) VALUES (?, ?)", segment.key, segment.size);
      }
      this.save(state);
    });
  }

  segments(): StoredSegment[] {
    return this.#storage.sql
      .exec<{ key: string; size: number }>("SELECT key, size FROM segments ORDER BY position")
      .toArray();
  }

  async clear(): Promise<void> {
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }
}
