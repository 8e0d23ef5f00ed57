import { type Column, type SQL, sql } from "drizzle-orm";

/**
 * A column under a name of its own. D1 answers batched queries as objects, so two columns of the same name would
 * overwrite each other: every query that joins tables with equal column names selects them through this.
 */
export function named<T>(column: Column, name: string) {
  return (sql`${column}`.mapWith(column) as SQL<T>).as(name);
}
