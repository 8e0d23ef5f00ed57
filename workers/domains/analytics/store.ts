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
 * repositories that are not here are left out. Returns how many counts were added, undefined when the batch was known.
 */
export async function addDownloads(
  database: D1Database,
  { id, counts }: CountedDownloads,
  now: number,
): Promise<number | undefined> {
  const db = drizzle(database);
  const wanted = sql`json_each(${JSON.stringify(counts)}) AS one
    JOIN artifacts ON artifacts.repository = one.value ->> 'repository'
    WHERE NOT EXISTS (SELECT 1 FROM download_batches WHERE id = ${id})`;
  const totals = sql`SELECT artifacts.id, one.value ->> 'digest', sum(one.value ->> 'count'), max(one.value ->> 'lastPulledAt')
    FROM ${wanted} GROUP BY 1, 2`;
  const daily = sql`SELECT artifacts.id, one.value ->> 'day', one.value ->> 'digest', sum(one.value ->> 'count')
    FROM ${wanted} GROUP BY 1, 2, 3`;
  const [, days, batch] = await db.batch([
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
    db
      .insert(downloadBatches)
      .values({ id, addedAt: new Date(now) })
      .onConflictDoNothing(),
  ]);
  return batch.meta.changes === 0 ? undefined : days.meta.changes;
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
