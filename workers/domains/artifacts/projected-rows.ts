import { sql, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { projections } from "./tables.ts";

/**
 * What a namespace's graph and its projection must agree on. The columns have the same names on both sides, so one
 * description makes both queries.
 */
export const comparedTables = {
  artifacts: { key: ["id"], columns: ["name", "type", "visibility", "description", "created_at"] },
  former_names: { key: ["artifact_id", "name"], columns: [] },
  manifests: { key: ["artifact_id", "digest"], columns: [] },
  held_manifests: { key: ["artifact_id", "digest"], columns: [] },
  tags: { key: ["artifact_id", "tag"], columns: ["digest"] },
  versions: { key: ["artifact_id", "version"], columns: ["digest", "state", "deprecation"] },
} as const satisfies Record<string, { readonly key: readonly string[]; readonly columns: readonly string[] }>;
export type ComparedTable = keyof typeof comparedTables;

/** One row as two JSON arrays: its key and everything else. */
export interface ComparedRow {
  readonly key: string;
  readonly columns: string;
}

/** The next rows of a namespace's projection behind `after`, in key order, and how many events D1 holds at that moment. */
export async function projectedRows(
  database: D1Database,
  namespaceId: string,
  table: ComparedTable,
  after: readonly string[] | undefined,
  limit: number,
): Promise<{ seq: number; rows: ComparedRow[] }> {
  const db = drizzle(database);
  const { key, columns } = comparedTables[table];
  const names = (list: readonly string[]): SQL => sql.raw(list.join(", "));
  const own =
    table === "artifacts"
      ? sql`namespace_id = ${namespaceId}`
      : sql`artifact_id IN (SELECT id FROM artifacts WHERE namespace_id = ${namespaceId})`;
  const from = after
    ? sql`AND (${names(key)}) > (${sql.join(
        after.map((part) => sql`${part}`),
        sql`, `,
      )})`
    : sql``;
  const [applied, rows] = await db.batch([
    db
      .select({ seq: projections.appliedSeq })
      .from(projections)
      .where(sql`${projections.namespaceId} = ${namespaceId}`),
    db
      .select({
        key: sql<string>`json_array(${names(key)})`.as("key"),
        columns: sql<string>`json_array(${names(columns)})`.as("columns"),
      })
      .from(sql.raw(table))
      .where(sql`${own} ${from}`)
      .orderBy(names(key))
      .limit(limit),
  ]);
  return { seq: applied[0]?.seq ?? 0, rows };
}
