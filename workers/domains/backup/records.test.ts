import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import * as everything from "../../tables.ts";
import { otherTables, recordTableNames } from "./records.ts";

it("every table is in a backup, or somebody wrote down why it need not be", () => {
  const tables = Object.values(everything).filter((table) => is(table, SQLiteTable));
  const known = [...recordTableNames, ...Object.keys(otherTables)];
  expect(tables.map((table) => getTableName(table)).toSorted()).toEqual(known.toSorted());
});
