import type { Transport } from "./transport.ts";

/** What a garbage collection removed, or would remove. */
export interface GarbageReport {
  readonly dryRun: boolean;
  /** Links that were looked at. */
  readonly examined: number;
  /** Links that no manifest of their repository needs. */
  readonly links: number;
  /** Blobs that no repository holds. */
  readonly blobs: number;
  /** Bytes of these blobs. */
  readonly bytes: number;
  /** Objects deleted from the store; those of blobs removed now follow an hour later. */
  readonly objects: number;
}

/** What operators do. Needs an operator's credential with the scope admin. Every call may throw `ApiError`. */
export class Administration {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Collects garbage now, or with `dryRun` only says what would go. */
  collectGarbage(options: { dryRun: boolean }): Promise<GarbageReport> {
    return this.#transport.json({ method: "POST", target: "/api/v1/admin/gc", json: options });
  }
}
