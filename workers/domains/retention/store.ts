import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { NamespacePath } from "../../../core/identifiers.ts";
import { type LooseManifest, type RetainedTag, subjectOfTag } from "../../../core/retention/evaluate.ts";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { retentionPolicies, retentionRuns } from "./tables.ts";

export interface StoredPolicy {
  /** Empty for the whole namespace. */
  readonly artifact: string;
  readonly policy: RetentionPolicy;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

/** All policies of a namespace, its own one first. */
export async function policiesOf(database: D1Database, namespaceId: string): Promise<StoredPolicy[]> {
  return drizzle(database)
    .select({
      artifact: retentionPolicies.artifact,
      policy: retentionPolicies.policy,
      updatedBy: retentionPolicies.updatedBy,
      updatedAt: retentionPolicies.updatedAt,
    })
    .from(retentionPolicies)
    .where(eq(retentionPolicies.namespaceId, namespaceId))
    .orderBy(retentionPolicies.artifact);
}

export async function putPolicy(
  database: D1Database,
  namespaceId: string,
  stored: StoredPolicy,
  audit: AuditNote,
): Promise<void> {
  const { artifact, ...set } = stored;
  const db = drizzle(database);
  await db.batch([
    db
      .insert(retentionPolicies)
      .values({ namespaceId, artifact, ...set })
      .onConflictDoUpdate({ target: [retentionPolicies.namespaceId, retentionPolicies.artifact], set }),
    auditInsert(db, audit),
  ]);
}

export async function deletePolicy(
  database: D1Database,
  namespaceId: string,
  artifact: string,
  audit: AuditNote,
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db
      .delete(retentionPolicies)
      .where(and(eq(retentionPolicies.namespaceId, namespaceId), eq(retentionPolicies.artifact, artifact))),
    db.delete(retentionRuns).where(sql`namespace_id = ${namespaceId}
      AND NOT EXISTS (SELECT 1 FROM retention_policies p WHERE p.namespace_id = ${namespaceId})`),
    auditInsert(db, audit),
  ]);
}

export interface ArtifactRecord {
  readonly id: string;
  readonly name: string;
}

/** A namespace's artifacts in order of their names, behind `after`. */
export async function artifactPage(database: D1Database, namespaceId: string, after: string, limit: number) {
  return drizzle(database).all<ArtifactRecord>(sql`
    SELECT id, name FROM artifacts WHERE namespace_id = ${namespaceId} AND name > ${after} ORDER BY name LIMIT ${limit}`);
}

/** One artifact of a namespace by its name. */
export async function artifactNamed(database: D1Database, namespaceId: string, name: string) {
  const rows = await drizzle(database).all<ArtifactRecord>(
    sql`SELECT id, name FROM artifacts WHERE namespace_id = ${namespaceId} AND name = ${name}`,
  );
  return rows[0];
}

/** The tags of an artifact, in order, with when their manifests were pulled last. */
export async function retainedTags(database: D1Database, artifactId: string): Promise<RetainedTag[]> {
  return drizzle(database).all<RetainedTag>(sql`
    SELECT t.tag, t.digest, t.updated_at AS pushedAt, d.last_pulled_at AS pulledAt, v.state AS version
    FROM tags t
    LEFT JOIN download_totals d ON d.artifact_id = t.artifact_id AND d.digest = t.digest
    LEFT JOIN versions v ON v.artifact_id = t.artifact_id AND v.version = t.tag
    WHERE t.artifact_id = ${artifactId} ORDER BY t.tag`);
}

/** Manifests that no tag, no version and no other manifest names, and whose subject, if they have one, is not here. */
export async function looseManifests(database: D1Database, artifactId: string): Promise<LooseManifest[]> {
  return drizzle(database).all<LooseManifest>(sql`
    SELECT m.digest, m.pushed_at AS pushedAt, d.last_pulled_at AS pulledAt
    FROM manifests m
    LEFT JOIN download_totals d ON d.artifact_id = m.artifact_id AND d.digest = m.digest
    WHERE m.artifact_id = ${artifactId}
      AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.artifact_id = m.artifact_id AND t.digest = m.digest)
      AND NOT EXISTS (SELECT 1 FROM versions v
        WHERE v.artifact_id = m.artifact_id AND v.digest = m.digest AND v.state <> 'unpublished')
      AND NOT EXISTS (SELECT 1 FROM manifest_references r WHERE r.artifact_id = m.artifact_id AND r.digest = m.digest)
      AND NOT EXISTS (SELECT 1 FROM manifests s WHERE s.artifact_id = m.artifact_id AND s.digest = m.subject)
    ORDER BY m.digest`);
}

/** Of the manifests that tags such as `sha256-….sig` speak of, those that are here. */
export async function livingSubjects(
  database: D1Database,
  artifactId: string,
  tags: readonly RetainedTag[],
): Promise<ReadonlySet<string>> {
  const wanted = tags.flatMap(({ tag }) => subjectOfTag(tag) ?? []);
  if (wanted.length === 0) return new Set();
  const rows = await drizzle(database).all<{ digest: Digest }>(sql`
    SELECT digest FROM manifests WHERE artifact_id = ${artifactId}
      AND digest IN (SELECT value FROM json_each(${JSON.stringify(wanted)}))`);
  return new Set(rows.map(({ digest }) => digest));
}

export interface RunRecord {
  readonly namespaceId: string;
  readonly namespace: NamespacePath;
  readonly position: string;
}

/**
 * The namespace with policies whose last complete round is the longest ago, unless that was after `before`. One that had
 * no round yet comes first.
 */
export async function nextRun(database: D1Database, before: number): Promise<RunRecord | undefined> {
  const rows = await drizzle(database).all<RunRecord>(sql`
    SELECT p.namespace_id AS namespaceId, n.kind || '/' || n.handle AS namespace, coalesce(r.position, '') AS position
    FROM (SELECT DISTINCT namespace_id FROM retention_policies) p
    JOIN namespaces n ON n.id = p.namespace_id LEFT JOIN retention_runs r ON r.namespace_id = p.namespace_id
    WHERE coalesce(r.finished_at, 0) < ${before} ORDER BY coalesce(r.finished_at, 0), p.namespace_id LIMIT 1`);
  return rows[0];
}

/** Remembers how far a round is; `finishedAt` ends it. */
export async function saveRun(
  database: D1Database,
  namespaceId: string,
  progress: { readonly position: string } | { readonly finishedAt: Date },
): Promise<void> {
  const set = "finishedAt" in progress ? { position: "", finishedAt: progress.finishedAt } : progress;
  await drizzle(database)
    .insert(retentionRuns)
    .values({ namespaceId, finishedAt: new Date(0), ...set })
    .onConflictDoUpdate({ target: retentionRuns.namespaceId, set });
}
