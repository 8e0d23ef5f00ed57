import { count } from "./meter.ts";

const originals = new WeakMap<object, D1PreparedStatement>();

function countMeta(meta: D1Meta): void {
  count("rowsRead", meta.rows_read);
  count("rowsWritten", meta.rows_written);
}

async function counted<T>(result: Promise<D1Result<T>>): Promise<D1Result<T>> {
  count("queries");
  const answer = await result;
  countMeta(answer.meta);
  return answer;
}

function meteredStatement(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
  const metered = {
    bind: (...values: unknown[]) => meteredStatement(statement.bind(...values), sql),
    run: () => counted(statement.run()),
    all: () => counted(statement.all()),
    first: () => {
      throw new Error("the meter does not know first(): it tells no rows");
    },
    /** `raw` tells no rows: what only reads is run a second time for them, uncounted; what writes is turned into rows. */
    async raw() {
      if (!/^\s*(select|with)\b/i.test(sql)) {
        const { results } = await counted(statement.all<Record<string, unknown>>());
        return results.map((row) => Object.values(row));
      }
      await counted(statement.all());
      return statement.raw();
    },
  } as unknown as D1PreparedStatement;
  originals.set(metered, statement);
  return metered;
}

/** A database that counts what is asked of it. */
export function meteredDatabase(database: D1Database): D1Database {
  return {
    prepare: (sql: string) => meteredStatement(database.prepare(sql), sql),
    async batch<T>(statements: D1PreparedStatement[]) {
      count("queries");
      const results = await database.batch<T>(statements.map((one) => originals.get(one) ?? one));
      for (const { meta } of results) countMeta(meta);
      return results;
    },
    exec: () => {
      throw new Error("the meter does not know exec()");
    },
    withSession: () => {
      throw new Error("the meter does not know withSession()");
    },
  } as unknown as D1Database;
}
