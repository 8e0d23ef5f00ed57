import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import { unknownName } from "../namespaces/index.ts";
import { readRepository } from "../repositories/index.ts";
import { downloadsByDay } from "./store.ts";

const dayLength = 86_400_000;

export interface DownloadSeries {
  /** Downloads of all the days together. */
  readonly total: number;
  /** Every day asked for, oldest first; the last one is today (UTC), which is not over. */
  readonly days: readonly { readonly day: string; readonly downloads: number }[];
}

/**
 * Downloads of the last `days` days, today included, of an artifact or of one version. A version that is not there had
 * none. Errors: `name_unknown`.
 */
export async function readDownloads(
  ctx: Context,
  parts: RepositoryParts,
  { days, version }: { days: number; version?: Version | undefined },
): Promise<DownloadSeries> {
  const names = Array.from({ length: days }, (_, i) =>
    new Date(ctx.now() - (days - 1 - i) * dayLength).toISOString().slice(0, 10),
  );
  const { repository, rows } = await readRepository(ctx, parts, (db) =>
    downloadsByDay(db, parts, names[0] ?? "", version),
  );
  if (!repository.artifact) throw unknownName(parts.repository);
  const counted = new Map(rows.map((row) => [row.day, row.downloads]));
  const series = names.map((day) => ({ day, downloads: counted.get(day) ?? 0 }));
  return { total: series.reduce((sum, { downloads }) => sum + downloads, 0), days: series };
}
