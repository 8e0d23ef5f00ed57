import { type AuditEntry, ChainCheck, type ChainHead } from "../sdk.ts";

export interface LogVerdict {
  readonly chain: string;
  /** Where the log ends, as far as it holds. */
  readonly head: ChainHead;
  /** What is wrong with it; empty for a log that holds. */
  readonly wrong: readonly string[];
}

/**
 * Follows a log from its first entry on. `known` is where it ended some other time: it has to hold that entry still.
 * Memory does not grow with the log.
 */
export async function verifyLog(
  chain: string,
  entries: AsyncIterable<AuditEntry>,
  known: ChainHead | undefined,
): Promise<LogVerdict> {
  const check = new ChainCheck(chain);
  const wrong: string[] = [];
  for await (const entry of entries) {
    check.add(entry);
    if (check.broken) break;
    if (entry.seq === known?.seq && entry.hash !== known.hash) {
      wrong.push(`Entry ${entry.seq} is not the one that was there when the log was verified last.`);
      break;
    }
  }
  const { broken, head } = check;
  if (broken) wrong.push(`Entry ${broken.seq}: ${broken.detail} (${broken.kind}).`);
  else if (known && head.seq < known.seq && wrong.length === 0) {
    wrong.push(`The log ends at entry ${head.seq}; it had ${known.seq} when it was verified last.`);
  }
  return { chain, head, wrong };
}
