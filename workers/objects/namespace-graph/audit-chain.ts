import { type ChainHead, emptyChain, link } from "../../../core/audit/chain.ts";
import type { AuditEntry, AuditRecord } from "../../../core/audit/entry.ts";

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
      this.put(entry);
      head = entry;
    }
  }

  /** Puts an entry where it says that it belongs. Fails when something stands there. */
  put(entry: AuditEntry): void {
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
