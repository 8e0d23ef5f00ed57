import { and, eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { precedenceOf } from "../../../core/version-order.ts";
import { isVersion } from "../../../core/versions.ts";
import type { Change, GraphEvent } from "../../objects/namespace-graph/events.ts";
import { linkGrace, objectGrace } from "../blobs/index.ts";
import { gcCandidates, gcObjects } from "../blobs/tables.ts";
import { renameStatements } from "./rename-rows.ts";
import {
  artifacts,
  formerNames,
  heldManifests,
  manifestReferences,
  manifests,
  projections,
  tags,
  versions,
} from "./tables.ts";

type Statement = BatchItem<"sqlite">;

/** Number of the last event of a namespace that D1 holds. */
export async function appliedSeq(database: D1Database, namespaceId: string): Promise<number> {
  const rows = await drizzle(database)
    .select({ seq: projections.appliedSeq })
    .from(projections)
    .where(eq(projections.namespaceId, namespaceId));
  return rows[0]?.seq ?? 0;
}

/**
 * Applies consecutive events in one atomic batch. The batch aborts as a whole unless D1 stands exactly at `from`:
 * that makes a repeated, late or reordered batch harmless.
 */
export async function applyEvents(
  database: D1Database,
  namespaceId: string,
  from: number,
  events: readonly GraphEvent[],
): Promise<void> {
  const db = drizzle(database);
  const to = from + events.length;
  const start: Statement = db.insert(projections).values({ namespaceId, appliedSeq: 0 }).onConflictDoNothing();
  const advance: Statement = db
    .update(projections)
    .set({
      appliedSeq: sql`CASE WHEN ${projections.appliedSeq} = ${from} THEN ${to} END`,
      rebuildTo: sql`CASE WHEN ${projections.rebuildTo} > ${to} THEN ${projections.rebuildTo} END`,
    })
    .where(eq(projections.namespaceId, namespaceId));
  const changes = events.flatMap((event) =>
    event.changes.flatMap((change) => statements(db, namespaceId, event.at, change)),
  );
  await db.batch([start, advance, ...changes]);
}

/**
 * Removes everything that D1 shows of a namespace, in one atomic batch, so that its events can be applied from the first
 * one on. Until `to` is applied the collector believes nothing that is missing. `artifactIds` are the graph's own.
 */
export async function clearProjection(
  database: D1Database,
  namespaceId: string,
  artifactIds: readonly string[],
  to: number,
): Promise<void> {
  const db = drizzle(database);
  // Also what a damaged row took away from its namespace: it would be in the way of the rows that are made again.
  const prefix = sql`(SELECT kind || '/' || handle || '/' FROM namespaces WHERE id = ${namespaceId})`;
  const own = sql`(SELECT id FROM artifacts WHERE namespace_id = ${namespaceId} OR substr(repository, 1, length(${prefix})) = ${prefix}
    UNION SELECT value FROM json_each(${JSON.stringify(artifactIds)}))`;
  const rebuildTo = to > 0 ? to : null;
  await db.batch([
    db
      .insert(projections)
      .values({ namespaceId, appliedSeq: 0, rebuildTo })
      .onConflictDoUpdate({ target: projections.namespaceId, set: { appliedSeq: 0, rebuildTo } }),
    db.delete(tags).where(sql`artifact_id IN ${own}`),
    db.delete(versions).where(sql`artifact_id IN ${own}`),
    db.delete(heldManifests).where(sql`artifact_id IN ${own}`),
    db.delete(manifestReferences).where(sql`artifact_id IN ${own}`),
    db.delete(manifests).where(sql`artifact_id IN ${own}`),
    db.delete(formerNames).where(sql`artifact_id IN ${own}`),
    db.delete(artifacts).where(sql`id IN ${own}`),
  ]);
}

function statements(db: DrizzleD1Database, namespaceId: string, at: number, change: Change): Statement[] {
  const when = new Date(at);
  switch (change.type) {
    case "artifact.put": {
      const { createdAt, opens: _opens, ...artifact } = change.artifact;
      const row = { ...artifact, namespaceId, createdAt: new Date(createdAt), updatedAt: when };
      const { type, visibility, description, latestVersion, versionCount, updatedAt } = row;
      return [
        db.insert(artifacts).values(row).onConflictDoUpdate({
          target: artifacts.id,
          set: { type, visibility, description, latestVersion, versionCount, updatedAt },
        }),
      ];
    }
    case "artifact.rename":
      return renameStatements(db, namespaceId, change);
    case "manifest.put": {
      const { references, body, annotations, ...manifest } = change.manifest;
      const { artifactId } = change;
      return [
        db.insert(manifests).values({
          ...manifest,
          artifactId,
          annotations: annotations && { ...annotations },
          body: body === null ? null : Buffer.from(body),
          pushedAt: when,
        }),
        // One bound parameter whatever the number of references.
        db
          .insert(manifestReferences)
          .select(sql`SELECT ${artifactId}, ${manifest.digest}, value FROM json_each(${JSON.stringify(references)})`),
      ];
    }
    case "manifest.delete": {
      const { artifactId, digest } = change;
      const which = and(eq(manifests.artifactId, artifactId), eq(manifests.digest, digest));
      return [
        // Whatever it named may now be unneeded, and so are its own bytes: the collector decides later. Not sooner than a day
        // from now even when this is an old event applied again: what names the same things may still be to come.
        db
          .insert(gcCandidates)
          .select(
            sql`SELECT a.repository, r.digest, ${Math.max(at, Date.now()) + linkGrace} FROM manifest_references r JOIN artifacts a ON a.id = r.artifact_id
              WHERE r.artifact_id = ${artifactId} AND r.manifest_digest = ${digest}`,
          )
          .onConflictDoUpdate({
            target: [gcCandidates.repository, gcCandidates.digest],
            set: { dueAt: sql`max(${gcCandidates.dueAt}, excluded.due_at)` },
          }),
        db
          .insert(gcObjects)
          .select(sql`SELECT object_key, ${at + objectGrace} FROM ${manifests} WHERE ${which}`)
          .onConflictDoNothing(),
        db
          .delete(manifestReferences)
          .where(and(eq(manifestReferences.artifactId, artifactId), eq(manifestReferences.manifestDigest, digest))),
        db.delete(heldManifests).where(and(eq(heldManifests.artifactId, artifactId), eq(heldManifests.digest, digest))),
        db.delete(manifests).where(which),
      ];
    }
    case "manifest.hold": {
      const { artifactId, digest, hold } = change;
      const { tags: names, reasons, users, by, at: heldAt, hidden } = hold;
      const row = { tags: names, reasons, users, heldBy: by, heldAt: new Date(heldAt), hidden };
      return [
        db
          .insert(heldManifests)
          .values({ artifactId, digest, ...row })
          .onConflictDoUpdate({ target: [heldManifests.artifactId, heldManifests.digest], set: row }),
      ];
    }
    case "manifest.release": {
      const { artifactId, digest } = change;
      return [
        db.delete(heldManifests).where(and(eq(heldManifests.artifactId, artifactId), eq(heldManifests.digest, digest))),
      ];
    }
    case "tag.put": {
      const { artifactId, tag, digest } = change;
      return [
        db
          .insert(tags)
          .values({ artifactId, tag, digest, label: !isVersion(tag), updatedAt: when })
          .onConflictDoUpdate({ target: [tags.artifactId, tags.tag], set: { digest, updatedAt: when } }),
      ];
    }
    case "tag.delete":
      return [db.delete(tags).where(and(eq(tags.artifactId, change.artifactId), eq(tags.tag, change.tag)))];
    case "version.put": {
      const { publishedAt, ...version } = change.version;
      return [
        db.insert(versions).values({
          ...version,
          artifactId: change.artifactId,
          precedence: precedenceOf(version.version),
          publishedAt: new Date(publishedAt),
        }),
      ];
    }
    case "version.state": {
      const { artifactId, version, state, deprecation } = change;
      return [
        db
          .update(versions)
          .set({ state, deprecation })
          .where(and(eq(versions.artifactId, artifactId), eq(versions.version, version))),
      ];
    }
  }
}
