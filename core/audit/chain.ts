import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../digests.ts";
import { canonicalBytes } from "../manifests/canonical.ts";
import type { JsonValue } from "../manifests/json.ts";
import type { AuditEntry, AuditRecord } from "./entry.ts";

/** What the first entry of a chain follows. */
export const genesis = "0".repeat(64);

/** Where a chain stands: number and hash of its last entry. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const emptyChain: ChainHead = { seq: 0, hash: genesis };

/** The hash of an entry: SHA-256 of its RFC 8785 form without `hash`. Synchronous, because it is made inside a transaction. */
export function entryHash(entry: Omit<AuditEntry, "hash"> & { readonly hash?: string }): string {
  const { hash: _, ...hashed } = entry;
  return toHex(sha256(canonicalBytes(hashed as unknown as JsonValue)));
}

/** The entry that puts a record behind `head`. */
export function link(chain: string, head: ChainHead, record: AuditRecord): AuditEntry {
  const { id, at, action, target, origin, details } = record;
  const body = { chain, seq: head.seq + 1, previous: head.hash, id, at, action, target, origin, details };
  return { ...body, hash: entryHash(body) };
}

/** The first thing that is wrong with a chain. */
export interface ChainBreak {
  readonly seq: number;
  /** `gap`: an entry is missing or out of order. `foreign`: of another log. `edited`: it is not what was written. */
  readonly kind: "gap" | "foreign" | "edited";
  readonly detail: string;
}

/**
 * Follows a chain link by link. Feed entries in order; `head` is where it stands and `broken` the first thing wrong.
 * Starts at the beginning, or behind an entry that is known.
 */
export class ChainCheck {
  #head: ChainHead;
  #broken: ChainBreak | undefined;
  readonly #chain: string;

  constructor(chain: string, from: ChainHead = emptyChain) {
    this.#chain = chain;
    this.#head = from;
  }

  get head(): ChainHead {
    return this.#head;
  }

  get broken(): ChainBreak | undefined {
    return this.#broken;
  }

  add(entry: AuditEntry): void {
    if (this.#broken) return;
    this.#broken = this.#wrong(entry);
    if (!this.#broken) this.#head = { seq: entry.seq, hash: entry.hash };
  }

  #wrong(entry: AuditEntry): ChainBreak | undefined {
    const { seq, previous, hash, chain } = entry;
    const expected = this.#head.seq + 1;
    if (chain !== this.#chain) return { seq: expected, kind: "foreign", detail: `the entry belongs to ${chain}` };
    if (seq !== expected) return { seq: expected, kind: "gap", detail: `entry ${seq} stands where ${expected} should` };
    if (previous !== this.#head.hash) {
      return { seq, kind: "edited", detail: "it does not follow the entry before it" };
    }
    return entryHash(entry) === hash
      ? undefined
      : { seq, kind: "edited", detail: "its content is not what was hashed" };
  }
}
