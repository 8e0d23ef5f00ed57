import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBuild, repositoryRoot } from "./build.ts";
import { type Database, type RuntimeOptions, withDatabases } from "./runtime.ts";
import { StartError } from "./start-error.ts";

interface Migration {
  /** File name, which is also what `wrangler d1 migrations` records. */
  readonly name: string;
  readonly sql: string;
}

function readMigrations(folder: string): Migration[] {
  const path = join(repositoryRoot, folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".sql"));
  return names.toSorted().map((name) => ({ name, sql: readFileSync(join(path, name), "utf8") }));
}

const breakpoint = "--> statement-breakpoint";

/** drizzle-kit marks where statements end. SQL written by hand without marks goes through wrangler's slow parser. */
async function splitStatements(sql: string): Promise<string[]> {
  if (sql.includes(breakpoint)) return sql.split(breakpoint).filter((statement) => statement.trim() !== "");
  const { unstable_splitSqlQuery } = await import("wrangler");
  return unstable_splitSqlQuery(sql);
}

/** The table of `wrangler d1 migrations`, so that either tool continues where the other stopped. */
const journal = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies what is missing, oldest first. A migration and its journal row are one batch: a crash leaves both or none. */
async function migrateDatabase(database: Database, migrations: readonly Migration[]): Promise<void> {
  await database.prepare(journal).run();
  const { results } = await database.prepare(`SELECT name FROM "d1_migrations"`).all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    const record = database.prepare(`INSERT INTO "d1_migrations" (name) VALUES (?)`).bind(migration.name);
    const statements = await splitStatements(migration.sql);
    try {
      await database.batch([...statements.map((sql) => database.prepare(sql)), record]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartError(`Migration ${migration.name} failed: ${reason}`);
    }
  }
}

/**
 * Brings the databases of the data folder up to date. The databases' own journals are the truth; a marker file only
 * saves starting a second runtime when nothing has changed since the last start.
 */
export async function migrate(
  options: Pick<RuntimeOptions, "build" | "data" | "environment" | "onLog">,
): Promise<void> {
  const sets = readBuild(options.build).databases.map((database) => ({
    binding: database.binding,
    migrations: readMigrations(database.migrations),
  }));
  const digest = createHash("sha256").update(JSON.stringify(sets)).digest("hex");
  const marker = join(options.data, "migrated");
  if (readMarker(marker) === digest) return;
  await withDatabases(options, async (open) => {
    for (const set of sets) await migrateDatabase(await open(set.binding), set.migrations);
  });
  writeFileSync(`${marker}.new`, digest, { flush: true });
  renameSync(`${marker}.new`, marker);
}

function readMarker(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
