import type { NamespacePath } from "../../../core/identifiers.ts";
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

/** One thing that a check found. */
export interface Finding {
  /** Such as `blob_lost`; all of them are in docs/operations.md. */
  readonly kind: string;
  /** error: lost or served wrongly · warning: space wasted, or not judged · note: nothing of the registry is wrong. */
  readonly severity: "error" | "warning" | "note";
  /** Digest, object key, repository or namespace that it is about. */
  readonly what: string;
  readonly message: string;
  readonly repaired: boolean;
  readonly remedy: string;
}

/** How much a check looked at; `bytes` were read and hashed. */
export interface Checked {
  readonly namespaces: number;
  readonly blobs: number;
  readonly manifests: number;
  readonly links: number;
  readonly objects: number;
  readonly bytes: number;
}

export interface VerifyOptions {
  /** Repair what can be repaired without doubt. */
  readonly repair?: boolean;
  /** Read every byte and compare it with its digest. */
  readonly deep?: boolean;
}

export interface VerifyReport {
  readonly checked: Checked;
  readonly findings: readonly Finding[];
}

/** A namespace whose rows were made again. */
export interface RebuiltNamespace {
  readonly namespace: NamespacePath;
  readonly events: number;
}

/** A mail of the registry. */
export interface OutboxMail {
  readonly id: string;
  /** Account that it is about. */
  readonly handle: string;
  readonly to: string;
  readonly subject: string;
  /** Only where nothing sends mail, so that the operator hands it on. */
  readonly text: string;
  readonly state: "waiting" | "sent" | "kept" | "failed";
  readonly attempts: number;
  readonly createdAt: string;
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

  /** Mails of the registry, newest first, at most `limit`. */
  async outbox(limit = 50): Promise<readonly OutboxMail[]> {
    const mails: OutboxMail[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const page: { mails: OutboxMail[]; next: string | null } = await this.#transport.json({
        method: "GET",
        target: `/api/v1/admin/outbox${query}`,
      });
      mails.push(...page.mails);
      cursor = page.next;
    } while (cursor !== null && mails.length < limit);
    return mails.slice(0, limit);
  }

  /** Checks the whole registry, metadata against objects and digests, page by page. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const checked = { namespaces: 0, blobs: 0, manifests: 0, links: 0, objects: 0, bytes: 0 };
    const findings: Finding[] = [];
    let cursor: string | null = null;
    do {
      const json: object = { ...options, ...(cursor === null ? {} : { cursor }) };
      const page: VerifyReport & { cursor: string | null } = await this.#transport.json({
        method: "POST",
        target: "/api/v1/admin/verify",
        json,
      });
      for (const name of Object.keys(checked) as (keyof Checked)[]) checked[name] += page.checked[name];
      findings.push(...page.findings);
      ({ cursor } = page);
    } while (cursor !== null);
    return { checked, findings };
  }

  /**
   * Makes the rows that are read again from the events of one namespace, or of all; resolves to the namespaces with the
   * number of their events. `onProgress` is called with each as it is complete.
   */
  async rebuild(
    namespace?: NamespacePath,
    onProgress: (done: RebuiltNamespace) => void = () => undefined,
  ): Promise<readonly RebuiltNamespace[]> {
    const rebuilt: RebuiltNamespace[] = [];
    let cursor: string | null = null;
    do {
      const json: object = {
        ...(namespace === undefined ? {} : { namespace }),
        ...(cursor === null ? {} : { cursor }),
      };
      const page: { cursor: string | null; rebuilt: RebuiltNamespace[] } = await this.#transport.json({
        method: "POST",
        target: "/api/v1/admin/rebuild",
        json,
      });
      for (const done of page.rebuilt) onProgress(done);
      rebuilt.push(...page.rebuilt);
      ({ cursor } = page);
    } while (cursor !== null);
    return rebuilt;
  }
}
