import type { Cost } from "../protocol.ts";

const nothing: Cost = {
  queries: 0,
  rowsRead: 0,
  rowsWritten: 0,
  classA: 0,
  classB: 0,
  objectRequests: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
};

let cost: Cost = { ...nothing };
/** A cursor knows how many rows it touched only after it was read: they are asked at the end. */
let cursors: SqlStorageCursor<never>[] = [];

export function count(what: keyof Cost, by = 1): void {
  cost[what] += by;
}

export function watchCursor(cursor: SqlStorageCursor<never>): void {
  cursors.push(cursor);
}

/** What was counted since the last call. */
export function takeCost(): Cost {
  for (const cursor of cursors) {
    count("objectRowsRead", cursor.rowsRead);
    count("objectRowsWritten", cursor.rowsWritten);
  }
  const taken = cost;
  cost = { ...nothing };
  cursors = [];
  return taken;
}
