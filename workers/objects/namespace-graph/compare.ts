import {
  type ComparedRow,
  type ComparedTable,
  comparedTables,
  projectedRows,
} from "../../domains/artifacts/projected-rows.ts";
import type { GraphState } from "./state.ts";

const pageSize = 2_000;
/** Enough to see what is wrong; the rebuild does not depend on it. */
const maxDifferences = 10;
/** How often a page is read again because commands came between the two sides. */
const maxTries = 10;

export interface Comparison {
  /** One line for each row that differs, the first ten. */
  readonly differences: string[];
  /** True when commands came too fast to compare everything. */
  readonly busy: boolean;
}

/**
 * Compares the graph with its projection in D1, row by row. Commands may run meanwhile: a page counts only when both
 * sides stood at the same event; otherwise `settle` brings D1 up to date and the page is read again.
 */
export async function compareWithProjection(
  state: GraphState,
  database: D1Database,
  namespaceId: string,
  settle: () => Promise<void>,
): Promise<Comparison> {
  const differences: string[] = [];
  for (const table of Object.keys(comparedTables) as ComparedTable[]) {
    let after: string[] | undefined;
    let tries = 0;
    for (;;) {
      const seq = state.lastSeq();
      const own = state.comparedRows(table, after, pageSize);
      const projected = await projectedRows(database, namespaceId, table, after, pageSize);
      if (projected.seq !== seq) {
        if (++tries >= maxTries) return { differences, busy: true };
        await settle();
        continue;
      }
      tries = 0;
      const end = commonEnd(own, projected.rows);
      differences.push(...differing(table, own, projected.rows, end));
      if (differences.length >= maxDifferences)
        return { differences: differences.slice(0, maxDifferences), busy: false };
      if (end === undefined) break;
      after = end;
    }
  }
  return { differences, busy: false };
}

const keyOf = (row: ComparedRow) => JSON.parse(row.key) as string[];

function byKey(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? "";
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** Up to which key both pages are complete; undefined when both are complete to the end. */
function commonEnd(own: readonly ComparedRow[], projected: readonly ComparedRow[]): string[] | undefined {
  const ends = [own, projected].flatMap((rows) => {
    const last = rows.length === pageSize ? rows.at(-1) : undefined;
    return last ? [keyOf(last)] : [];
  });
  return ends.toSorted(byKey)[0];
}

function differing(
  table: ComparedTable,
  own: readonly ComparedRow[],
  projected: readonly ComparedRow[],
  end: string[] | undefined,
): string[] {
  const inside = (row: ComparedRow) => end === undefined || byKey(keyOf(row), end) <= 0;
  const wanted = new Map(own.filter(inside).map((row) => [row.key, row.columns]));
  const found: string[] = [];
  for (const { key, columns } of projected.filter(inside)) {
    const expected = wanted.get(key);
    wanted.delete(key);
    if (expected === undefined) found.push(`${table} ${key} should not be there`);
    else if (expected !== columns) found.push(`${table} ${key} is ${columns} instead of ${expected}`);
  }
  return [...found, ...[...wanted.keys()].map((key) => `${table} ${key} is missing`)];
}
