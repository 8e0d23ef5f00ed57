import { ChainCheck, type ChainHead, emptyChain, link } from "../../../core/audit/chain.ts";
import type { AuditEntry, AuditRecord } from "../../../core/audit/entry.ts";
import { RegistryError } from "../../../core/errors.ts";

const table = `
CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)`;

/** The audit log of one namespace: entries are added at its end and never touched again. Synchronous, for transactions. */
export class AuditChain {
  readonly #sql: SqlStorage;

  constructor({ sql }: DurableObjectStorage) {
    this.#sql = sql;
    sql.exec(table);
  }

  get head(): ChainHead {
    const [last] = this.#sql.exec<{ entry: string }>("SELECT entry FROM audit ORDER BY seq DESC LIMIT 1").toArray();
    if (!last) return emptyChain;
    const { seq, hash } = JSON.parse(last.entry) as AuditEntry;
    return { seq, hash };
  }

  /** Puts records at the end of the chain; those that are in it already are passed over. */
  append(chain: string, records: readonly AuditRecord[]): void {
    let head = this.head;
    for (const record of records) {
      if (this.#sql.exec("SELECT 1 FROM audit WHERE id = ?", record.id).toArray().length > 0) continue;
      const entry = link(chain, head, record);
      this.#put(entry);
      head = entry;
    }
  }

  /**
   * Takes entries out of a backup, unchanged. Those that are here already are passed over; what was written here meanwhile
   * moves behind them, which only an import may do. Returns the number of the last entry out of the backup.
   * Errors: `invalid_request` when they do not continue the chain.
   */
  restore(chain: string, entries: readonly AuditEntry[]): number {
    const fresh = entries.filter((entry) => this.#at(entry.seq)?.hash !== entry.hash);
    const [first] = fresh;
    if (!first) return entries.at(-1)?.seq ?? 0;
    const own = this.#from(first.seq);
    this.#sql.exec("DELETE FROM audit WHERE seq >= ?", first.seq);
    const check = new ChainCheck(chain, this.head);
    for (const entry of fresh) {
      check.add(entry);
      if (check.broken) throw notContinued(check.broken.seq, check.broken.detail);
      this.#put(entry);
    }
    this.append(chain, own);
    return check.head.seq;
  }

  #at(seq: number): AuditEntry | undefined {
    return this.#from(seq, 1).find((entry) => entry.seq === seq);
  }

  #from(seq: number, limit = -1): AuditEntry[] {
    return this.#sql
      .exec<{ entry: string }>("SELECT entry FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?", seq, limit)
      .toArray()
      .map(({ entry }) => JSON.parse(entry) as AuditEntry);
  }

  #put(entry: AuditEntry): void {
    this.#sql.exec("INSERT INTO audit (seq, id, entry) VALUES (?, ?, ?)", entry.seq, entry.id, JSON.stringify(entry));
  }

  /** The next entries after `seq`, as text: as many as fit into `maxBytes`, and always one when there is one. */
  page(seq: number, maxBytes: number): string[] {
    const page: string[] = [];
    let bytes = 0;
    for (const { entry } of this.#sql.exec<{ entry: string }>(
      "SELECT entry FROM audit WHERE seq > ? ORDER BY seq",
      seq,
    )) {
      bytes += entry.length;
      if (page.length > 0 && bytes > maxBytes) break;
      page.push(entry);
    }
    return page;
  }
}

function notContinued(seq: number, detail: string): RegistryError {
  return new RegistryError("invalid_request", `Entry ${seq} of the audit log does not continue it: ${detail}.`, {
    details: { seq },
    suggestions: ["Send the audit log as it was exported, in order."],
  });
}
