import type { Table } from "./table.ts";

/** One part of the report: its tables, and its figures for the JSON file. */
export interface Section {
  readonly name: string;
  text(table: Table): string;
  readonly data: unknown;
}
