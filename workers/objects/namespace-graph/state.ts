import type { ArtifactType } from "../../../core/artifact-types.ts";
import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { precedenceOf } from "../../../core/version-order.ts";
import type { Version } from "../../../core/versions.ts";
import { type ComparedRow, type ComparedTable, comparedTables } from "../../domains/artifacts/projected-rows.ts";
import type { GraphEvent, HoldRow, VersionState } from "./events.ts";
import { prepareTables } from "./schema.ts";

/** A row of a Durable Object or of D1 holds 2 MB in production, though not on a developer's machine. */
const maxEvent = 1_900_000;

export interface ArtifactState {
  readonly id: string;
  readonly name: string;
  readonly type: ArtifactType;
  readonly visibility: "public" | "private";
  readonly description: string | null;
  readonly created_at: number;
  /** 1 while it is private only because nothing of it was released yet. */
  readonly opens: number;
}

export interface VersionEntry {
  readonly version: Version;
  readonly digest: Digest;
  readonly state: VersionState;
  readonly deprecation: string | null;
}

interface TagEntry {
  readonly tag: string;
  readonly digest: Digest;
  readonly automatic: number;
}

/** The graph's own tables. Every method is synchronous: a command that uses only these is atomic. */
export class GraphState {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    prepareTables(storage);
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  /** Ids of all artifacts that ever were: none is ever removed. */
  get artifactIds(): string[] {
    return this.#sql
      .exec<{ id: string }>("SELECT id FROM artifacts")
      .toArray()
      .map((row) => row.id);
  }

  artifact(name: string): ArtifactState | undefined {
    return this.#sql.exec("SELECT * FROM artifacts WHERE name = ?", name).toArray()[0] as ArtifactState | undefined;
  }

  putArtifact(artifact: ArtifactState): void {
    this.#sql.exec(
      `INSERT INTO artifacts (id, name, type, visibility, description, created_at, opens) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET type = excluded.type, visibility = excluded.visibility, description = excluded.description,
         opens = excluded.opens`,
      artifact.id,
      artifact.name,
      artifact.type,
      artifact.visibility,
      artifact.description,
      artifact.created_at,
      artifact.opens,
    );
  }

  /** The name that an artifact has now which had this one before; undefined when none had. */
  nameAfter(former: string): string | undefined {
    const rows = this.#sql.exec<{ name: string }>(
      "SELECT a.name FROM former_names f JOIN artifacts a ON a.id = f.artifact_id WHERE f.name = ?",
      former,
    );
    return rows.toArray()[0]?.name;
  }

  /** Gives an artifact another name and remembers the one that it had. */
  renameArtifact(artifactId: string, from: string, to: string): void {
    this.#sql.exec("UPDATE artifacts SET name = ? WHERE id = ?", to, artifactId);
    this.#sql.exec("INSERT INTO former_names (name, artifact_id) VALUES (?, ?)", from, artifactId);
  }

  hasManifest(artifactId: string, digest: Digest): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM manifests WHERE artifact_id = ? AND digest = ?", artifactId, digest).toArray()
        .length > 0
    );
  }

  putManifest(artifactId: string, digest: Digest, children: readonly Digest[]): void {
    this.#sql.exec("INSERT INTO manifests (artifact_id, digest) VALUES (?, ?)", artifactId, digest);
    for (const child of children) {
      this.#sql.exec(
        "INSERT OR IGNORE INTO children (artifact_id, child, parent) VALUES (?, ?, ?)",
        artifactId,
        child,
        digest,
      );
    }
  }

  deleteManifest(artifactId: string, digest: Digest): void {
    this.#sql.exec("DELETE FROM manifests WHERE artifact_id = ? AND digest = ?", artifactId, digest);
    this.#sql.exec("DELETE FROM children WHERE artifact_id = ? AND parent = ?", artifactId, digest);
    this.dropHold(artifactId, digest);
  }

  /** What keeps a manifest from outsiders; undefined when nothing does. */
  hold(artifactId: string, digest: Digest): HoldRow | undefined {
    const row = this.#sql
      .exec<{ hold: string }>(
        "SELECT hold FROM held_manifests WHERE artifact_id = ? AND digest = ?",
        artifactId,
        digest,
      )
      .toArray()[0];
    return row && (JSON.parse(row.hold) as HoldRow);
  }

  putHold(artifactId: string, digest: Digest, hold: HoldRow): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO held_manifests (artifact_id, digest, subject, hold) VALUES (?, ?, ?, ?)",
      artifactId,
      digest,
      hold.subject,
      JSON.stringify(hold),
    );
  }

  dropHold(artifactId: string, digest: Digest): void {
    this.#sql.exec("DELETE FROM held_manifests WHERE artifact_id = ? AND digest = ?", artifactId, digest);
  }

  /** Held manifests that belong to another one: its members, and what refers to it. */
  heldWith(artifactId: string, digest: Digest): Digest[] {
    return this.#sql
      .exec<{ digest: Digest }>(
        `SELECT h.digest FROM held_manifests h JOIN children c ON c.artifact_id = ?1 AND c.child = h.digest AND c.parent = ?2
           WHERE h.artifact_id = ?1
         UNION SELECT digest FROM held_manifests WHERE artifact_id = ?1 AND subject = ?2`,
        artifactId,
        digest,
      )
      .toArray()
      .map((row) => row.digest);
  }

  /** Whether a tag, a version or an index names this manifest. */
  isHeld(artifactId: string, digest: Digest): boolean {
    const rows = this.#sql.exec(
      `SELECT 1 FROM tags WHERE artifact_id = ?1 AND digest = ?2
       UNION ALL SELECT 1 FROM versions WHERE artifact_id = ?1 AND digest = ?2 AND state <> 'unpublished'
       UNION ALL SELECT 1 FROM children WHERE artifact_id = ?1 AND child = ?2 LIMIT 1`,
      artifactId,
      digest,
    );
    return rows.toArray().length > 0;
  }

  /** Versions whose index contains this manifest, directly or inside another index. */
  versionsContaining(artifactId: string, child: Digest): string[] {
    return this.#sql
      .exec<{ version: string }>(
        `WITH RECURSIVE above(digest) AS (
           SELECT parent FROM children WHERE artifact_id = ?1 AND child = ?2
           UNION SELECT c.parent FROM children c JOIN above ON c.child = above.digest WHERE c.artifact_id = ?1)
         SELECT v.version FROM above JOIN versions v ON v.artifact_id = ?1 AND v.digest = above.digest
         WHERE v.state <> 'unpublished' ORDER BY v.version`,
        artifactId,
        child,
      )
      .toArray()
      .map((row) => row.version);
  }

  tag(artifactId: string, tag: string): TagEntry | undefined {
    return this.#sql
      .exec("SELECT tag, digest, automatic FROM tags WHERE artifact_id = ? AND tag = ?", artifactId, tag)
      .toArray()[0] as TagEntry | undefined;
  }

  tagsOf(artifactId: string, digest: Digest): string[] {
    return this.#sql
      .exec<{ tag: string }>("SELECT tag FROM tags WHERE artifact_id = ? AND digest = ?", artifactId, digest)
      .toArray()
      .map((row) => row.tag);
  }

  putTag(artifactId: string, tag: string, digest: Digest, automatic: boolean): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO tags (artifact_id, tag, digest, automatic) VALUES (?, ?, ?, ?)",
      artifactId,
      tag,
      digest,
      automatic ? 1 : 0,
    );
  }

  deleteTag(artifactId: string, tag: string): void {
    this.#sql.exec("DELETE FROM tags WHERE artifact_id = ? AND tag = ?", artifactId, tag);
  }

  version(artifactId: string, version: string): VersionEntry | undefined {
    return this.#versions(artifactId, "AND version = ?", version)[0];
  }

  versionsOf(artifactId: string, digest: Digest): VersionEntry[] {
    return this.#versions(artifactId, "AND digest = ?", digest);
  }

  hasVersions(artifactId: string): boolean {
    return this.#versions(artifactId, "LIMIT 1").length > 0;
  }

  /** The highest version in a state: the highest stable one, or the highest of all when none is stable. */
  highestVersion(artifactId: string, state: VersionState): Version | undefined {
    return this.#versions(artifactId, "AND state = ? ORDER BY precedence DESC LIMIT 1", state)[0]?.version;
  }

  /** How many versions are in one of the states. */
  countVersions(artifactId: string, states: readonly VersionState[]): number {
    const rows = this.#sql
      .exec<{ state: string; count: number }>(
        "SELECT state, count FROM version_counts WHERE artifact_id = ?",
        artifactId,
      )
      .toArray();
    return rows.reduce((sum, row) => sum + ((states as readonly string[]).includes(row.state) ? row.count : 0), 0);
  }

  /** The versions of an artifact that a further condition on the table selects. */
  #versions(artifactId: string, condition: string, ...parameters: string[]): VersionEntry[] {
    return this.#sql
      .exec(
        `SELECT version, digest, state, deprecation FROM versions WHERE artifact_id = ? ${condition}`,
        artifactId,
        ...parameters,
      )
      .toArray() as unknown as VersionEntry[];
  }

  putVersion(artifactId: string, entry: VersionEntry): void {
    const before = this.version(artifactId, entry.version);
    this.#sql.exec(
      "INSERT OR REPLACE INTO versions (artifact_id, version, precedence, digest, state, deprecation) VALUES (?, ?, ?, ?, ?, ?)",
      artifactId,
      entry.version,
      precedenceOf(entry.version),
      entry.digest,
      entry.state,
      entry.deprecation,
    );
    if (before?.state === entry.state) return;
    if (before) this.#countVersion(artifactId, before.state, -1);
    this.#countVersion(artifactId, entry.state, 1);
  }

  #countVersion(artifactId: string, state: VersionState, by: 1 | -1): void {
    this.#sql.exec(
      `INSERT INTO version_counts (artifact_id, state, count) VALUES (?, ?, ?)
       ON CONFLICT (artifact_id, state) DO UPDATE SET count = count + excluded.count`,
      artifactId,
      state,
      by,
    );
  }

  lastSeq(): number {
    return this.#sql.exec<{ seq: number }>("SELECT COALESCE(MAX(seq), 0) AS seq FROM events").one().seq;
  }

  /** Errors: `manifest_too_large` when the event does not fit into a row; the command's transaction then rolls back. */
  appendEvent(event: GraphEvent): void {
    const text = JSON.stringify(event);
    if (Buffer.byteLength(text) > maxEvent) {
      throw new RegistryError("manifest_too_large", "The manifest and what it names are too much for one version.", {
        details: { limit: maxEvent },
        suggestions: ["Use fewer layers, or move parts of the Gati manifest into a layer."],
      });
    }
    this.#sql.exec("INSERT INTO events (seq, event) VALUES (?, ?)", event.seq, text);
  }

  eventsAfter(seq: number, limit: number): GraphEvent[] {
    return this.#sql
      .exec<{ event: string }>("SELECT event FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
      .toArray()
      .map((row) => JSON.parse(row.event) as GraphEvent);
  }

  /** The next rows of a table behind the key `after`, in key order, as the projection is compared with. */
  comparedRows(table: ComparedTable, after: readonly string[] | undefined, limit: number): ComparedRow[] {
    const { key, columns } = comparedTables[table];
    const names = key.join(", ");
    const from = after ? `WHERE (${names}) > (${key.map(() => "?").join(", ")})` : "";
    return this.#sql
      .exec(
        `SELECT json_array(${names}) AS key, json_array(${columns.join(", ")}) AS columns FROM ${table} ${from} ORDER BY ${names} LIMIT ?`,
        ...(after ?? []),
        limit,
      )
      .toArray() as unknown as ComparedRow[];
  }

  /** The next events after `seq`: as many as fit into `maxBytes`, and always one when there is one. */
  eventPage(seq: number, maxBytes: number): GraphEvent[] {
    const page: GraphEvent[] = [];
    let bytes = 0;
    for (const { event } of this.#sql.exec<{ event: string }>(
      "SELECT event FROM events WHERE seq > ? ORDER BY seq",
      seq,
    )) {
      bytes += event.length;
      if (page.length > 0 && bytes > maxBytes) break;
      page.push(JSON.parse(event) as GraphEvent);
    }
    return page;
  }

  /** True from the first page of a log that is restored until its last one. */
  get restoring(): boolean {
    return this.#storage.kv.get<boolean>("restoring") ?? false;
  }

  set restoring(restoring: boolean) {
    if (restoring) this.#storage.kv.put("restoring", true);
    else this.#storage.kv.delete("restoring");
  }

  /** Number of the last event that D1 is known to have. */
  get appliedSeq(): number {
    return this.#storage.kv.get<number>("applied") ?? 0;
  }

  set appliedSeq(seq: number) {
    this.#storage.kv.put("applied", seq);
  }
}
