import type { Digest } from "../../../core/digests.ts";
import type { OciContext } from "./oci/context.ts";
import { downloadFrom, type DownloadOptions } from "./oci/download.ts";
import { type UploadOptions, uploadTo } from "./oci/upload.ts";
import type { BlobSink } from "./sinks.ts";
import type { BlobSource } from "./sources.ts";

/** Kinds of what only the registry's database knows: `users`, `namespaces` and so on. The registry says which it has. */
export interface RecordKind {
  readonly kind: string;
  /** Fields that name the `id` of a record of another kind. */
  readonly references: Readonly<Record<string, string>>;
}
export type BackupRecord = Readonly<Record<string, unknown>>;

export interface ImportState {
  readonly state: "none" | "running" | "finished";
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** Beside the import itself: whether the registry is empty, and what is in it otherwise. */
export interface ImportStanding extends ImportState {
  readonly empty: boolean;
  readonly accounts: number;
  readonly artifacts: number;
}

interface Page {
  readonly next: string | null;
}

const base = "/api/v1/admin";

/** What a backup is read with and put back with. Needs an operator's credential with the scope admin. Every call may throw `ApiError`. */
export class Backup {
  readonly #context: OciContext;

  constructor(context: OciContext) {
    this.#context = context;
  }

  /** The kinds of records, in an order in which they can be put back. */
  async recordKinds(): Promise<readonly RecordKind[]> {
    const target = `${base}/export/records`;
    return (await this.#context.transport.json<{ kinds: RecordKind[] }>({ method: "GET", target })).kinds;
  }

  /** All records of a kind, page by page. Passwords and keys come as their stored hashes. */
  async *records(kind: string): AsyncGenerator<readonly BackupRecord[]> {
    yield* this.#pages<Page & { records: BackupRecord[] }, BackupRecord>(
      `${base}/export/records/${kind}`,
      (page) => page.records,
    );
  }

  /** All blobs of the registry, page by page. */
  async *blobs(): AsyncGenerator<readonly { readonly digest: Digest; readonly size: number }[]> {
    yield* this.#pages<Page & { blobs: { digest: Digest; size: number }[] }, { digest: Digest; size: number }>(
      `${base}/export/blobs`,
      (page) => page.blobs,
    );
  }

  /** The next events of a namespace's log, one JSON text each; empty at its end. */
  async log(namespaceId: string, after: number): Promise<readonly string[]> {
    const target = `${base}/export/logs/${namespaceId}?after=${after}`;
    const response = await this.#context.transport.send({ method: "GET", target });
    return (await response.text()).split("\n").filter((line) => line !== "");
  }

  /** The next entries of a namespace's audit log, one JSON text each; empty at its end. */
  async auditLog(namespaceId: string, after: number): Promise<readonly string[]> {
    const target = `${base}/export/audit/${namespaceId}?after=${after}`;
    const response = await this.#context.transport.send({ method: "GET", target });
    return (await response.text()).split("\n").filter((line) => line !== "");
  }

  /** Streams a blob, whoever has it: see `downloadBlob`. */
  downloadBlob(digest: Digest, sink: BlobSink, options?: DownloadOptions): Promise<number> {
    return downloadFrom(this.#context, `${base}/export/blobs/${digest}`, digest, sink, options);
  }

  /** Streams a manifest's exact bytes. */
  downloadManifest(artifactId: string, digest: Digest, sink: BlobSink, options?: DownloadOptions): Promise<number> {
    const target = `${base}/export/manifests/${artifactId}/${digest}`;
    return downloadFrom(this.#context, target, digest, sink, options);
  }

  /** How an import stands. `id` is the digest of what the backup says about itself. */
  importStanding(id: Digest): Promise<ImportStanding> {
    return this.#context.transport.json({ method: "GET", target: `${base}/imports/${id}` });
  }

  /** Begins or takes up an import. `already_done` when the registry is not empty. */
  beginImport(id: Digest, schema: number): Promise<ImportState> {
    return this.#context.transport.json({ method: "PUT", target: `${base}/imports/${id}`, json: { schema } });
  }

  /** Sends a blob in chunks, going on where an earlier call stopped: see `uploadBlob`. */
  uploadBlob(id: Digest, source: BlobSource, options: UploadOptions): Promise<void> {
    const { digest } = options;
    const place = { uploads: `${base}/imports/${id}/uploads?digest=${digest}`, blob: `${base}/export/blobs/${digest}` };
    return uploadTo(this.#context, place, source, options);
  }

  /** Puts records back; those that are there already stay. */
  async writeRecords(id: Digest, kind: string, records: readonly BackupRecord[]): Promise<void> {
    const target = `${base}/imports/${id}/records/${kind}`;
    await this.#context.transport.send({ method: "POST", target, json: { records }, retry: "idempotent" });
  }

  /** Sends events of a log, in order; resolves to the number of the last one that is there. None only asks for that. */
  async writeLog(id: Digest, namespaceId: string, events: readonly string[], through: number): Promise<number> {
    const { seq } = await this.#context.transport.json<{ seq: number }>({
      method: "POST",
      target: `${base}/imports/${id}/logs/${namespaceId}?through=${through}`,
      headers: { "content-type": "application/x-ndjson" },
      body: new TextEncoder().encode(events.join("\n")),
      retry: "idempotent",
    });
    return seq;
  }

  /** Sends entries of an audit log, in order; resolves to the number of the last one that is there. */
  async writeAuditLog(id: Digest, namespaceId: string, entries: readonly string[]): Promise<number> {
    const { seq } = await this.#context.transport.json<{ seq: number }>({
      method: "POST",
      target: `${base}/imports/${id}/audit/${namespaceId}`,
      headers: { "content-type": "application/x-ndjson" },
      body: new TextEncoder().encode(entries.join("\n")),
      retry: "idempotent",
    });
    return seq;
  }

  finishImport(id: Digest): Promise<ImportState> {
    return this.#context.transport.json({
      method: "POST",
      target: `${base}/imports/${id}/finish`,
      retry: "idempotent",
    });
  }

  async *#pages<P extends Page, T>(target: string, items: (page: P) => readonly T[]): AsyncGenerator<readonly T[]> {
    for (let cursor: string | null = ""; cursor !== null;) {
      const query = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const page: P = await this.#context.transport.json({ method: "GET", target: `${target}${query}` });
      yield items(page);
      cursor = page.next;
    }
  }
}
