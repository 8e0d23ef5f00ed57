import { precedenceOf } from "../../../core/version-order.ts";
import type { Version } from "../../../core/versions.ts";

const tables = `
CREATE TABLE IF NOT EXISTS artifacts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, visibility TEXT NOT NULL, description TEXT,
  created_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS manifests (artifact_id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (artifact_id, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS children (
  artifact_id TEXT NOT NULL, child TEXT NOT NULL, parent TEXT NOT NULL, PRIMARY KEY (artifact_id, child, parent)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
  artifact_id TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL, automatic INTEGER NOT NULL,
  PRIMARY KEY (artifact_id, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
  artifact_id TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL, deprecation TEXT,
  PRIMARY KEY (artifact_id, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held_manifests (
  artifact_id TEXT NOT NULL, digest TEXT NOT NULL, subject TEXT, hold TEXT NOT NULL, PRIMARY KEY (artifact_id, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former_names (name TEXT PRIMARY KEY, artifact_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);
`;

/** What keeps a command from reading all tags and versions of an artifact: indexes, and how many versions there are. */
const shortcuts = `
ALTER TABLE versions ADD COLUMN precedence TEXT NOT NULL DEFAULT '';
CREATE INDEX versions_by_precedence ON versions (artifact_id, state, precedence);
CREATE INDEX versions_by_digest ON versions (artifact_id, digest);
CREATE INDEX tags_by_digest ON tags (artifact_id, digest);
CREATE TABLE version_counts (
  artifact_id TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (artifact_id, state)) WITHOUT ROWID;
INSERT INTO version_counts SELECT artifact_id, state, count(*) FROM versions GROUP BY artifact_id, state;
`;

/** Makes the graph's tables, and brings those of an older graph up to date. */
export function prepareTables(storage: DurableObjectStorage): void {
  const { sql } = storage;
  sql.exec(tables);
  const opens = sql.exec("SELECT 1 FROM pragma_table_info('artifacts') WHERE name = 'opens'").toArray();
  if (opens.length === 0) sql.exec("ALTER TABLE artifacts ADD COLUMN opens INTEGER NOT NULL DEFAULT 0");
  const current = sql.exec("SELECT 1 FROM pragma_table_info('versions') WHERE name = 'precedence'").toArray();
  if (current.length > 0) return;
  storage.transactionSync(() => {
    sql.exec(shortcuts);
    for (const { artifact_id, version } of sql
      .exec<{ artifact_id: string; version: Version }>("SELECT artifact_id, version FROM versions")
      .toArray()) {
      sql.exec(
        "UPDATE versions SET precedence = ? WHERE artifact_id = ? AND version = ?",
        precedenceOf(version),
        artifact_id,
        version,
      );
    }
  });
}
