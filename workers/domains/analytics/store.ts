import { and, eq, gte, lt, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import { artifactIdOf } from "../repositories/index.ts";
import { downloadBatches, downloadDays, downloadTotals } from "./tables.ts";

/** Counts that are added together, as `DownloadTally` gathers them. */
export interface CountedDownloads {
  /** Whatever has this id is added once. */
  readonly id: string;
  readonly counts: readonly {
    readonly repository: string;
    readonly digest: string;
    readonly day: string;
    readonly count: number;
    readonly lastPulledAt: number;
  }[];
}

/**
 * Adds a batch of counts in one transaction, once: a batch that was added before changes nothing. Counts of
 * repositories that are not here are left out when `partly` is allowed; otherwise nothing is added then. Returns how
 * many counts were left out, undefined when nothing was added because of them.
 */
export async function addDownloads(
  database: D1Database,
  { id, counts }: CountedDownloads,
  now: number,
  partly: boolean,
): Promise<number | undefined> {
  const db = drizzle(database);
  const json = JSON.stringify(counts);
  const unknown = sql`SELECT 1 FROM json_each(${json}) AS one
    WHERE NOT EXISTS (SELECT 1 FROM artifacts WHERE repository = one.value ->> 'repository')`;
  const wanted = sql`NOT EXISTS (SELECT 1 FROM download_batches WHERE id = ${id})`;
  const guard = partly ? wanted : sql`${wanted} AND NOT EXISTS (${unknown})`;
  const known = sql`json_each(${json}) AS one JOIN artifacts ON artifacts.repository = one.value ->> 'repository'
    WHERE ${guard}`;
  const totals = sql`SELECT artifacts.id, one.value ->> 'digest', sum(one.value ->> 'count'), max(one.value ->> 'lastPulledAt')
    FROM ${known} GROUP BY 1, 2`;
  const daily = sql`SELECT artifacts.id, one.value ->> 'day', one.value ->> 'digest', sum(one.value ->> 'count')
    FROM ${known} GROUP BY 1, 2, 3`;
  const [, , , outcome] = await db.batch([
    db
      .insert(downloadTotals)
      .select(totals)
      .onConflictDoUpdate({
        target: [downloadTotals.artifactId, downloadTotals.digest],
        set: {
          total: sql`total + excluded.total`,
          lastPulledAt: sql`max(last_pulled_at, excluded.last_pulled_at)`,
        },
      }),
    db
      .insert(downloadDays)
      .select(daily)
      .onConflictDoUpdate({
        target: [downloadDays.artifactId, downloadDays.day, downloadDays.digest],
        set: { total: sql`total + excluded.total` },
      }),
    db.insert(downloadBatches).select(sql`SELECT ${id}, ${now} WHERE ${guard}`),
    db
      .select({ unknown: sql<number>`(SELECT count(*) FROM (${unknown}))`.as("unknown") })
      .from(downloadBatches)
      .where(eq(downloadBatches.id, id)),
  ]);
  return outcome[0]?.unknown;
}

/** Downloads by day since `from`, of the artifact or of one of its versions, oldest first; days without any are left out. */
export function downloadsByDay(db: DrizzleD1Database, parts: RepositoryParts, from: string, version?: Version) {
  const artifactId = artifactIdOf(parts);
  return db
    .select({ day: downloadDays.day, downloads: sql<number>`sum(${downloadDays.total})`.as("downloads") })
    .from(downloadDays)
    .where(
      and(
        eq(downloadDays.artifactId, artifactId),
        gte(downloadDays.day, from),
        version === undefined
          ? undefined
          : sql`${downloadDays.digest} = (SELECT digest FROM versions WHERE artifact_id = ${artifactId} AND version = ${version})`,
      ),
    )
    .groupBy(downloadDays.day)
    .orderBy(downloadDays.day);
}

/** Removes what is older than it is kept for. */
export async function deleteOldDownloads(
  database: D1Database,
  { batchesBefore, daysBefore }: { batchesBefore: Date; daysBefore: string },
): Promise<void> {
  const db = drizzle(database);
  await db.batch([
    db.delete(downloadBatches).where(lt(downloadBatches.addedAt, batchesBefore)),
    db.delete(downloadDays).where(lt(downloadDays.day, daysBefore)),
  ]);
}
