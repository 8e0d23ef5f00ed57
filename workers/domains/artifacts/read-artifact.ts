import { RegistryError } from "../../../core/errors.ts";
import type { Handle, RepositoryParts } from "../../../core/identifiers.ts";
import { latestOf, sortDescending, type Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import type { Publisher } from "../verification/index.ts";
import { unknownName } from "../namespaces/index.ts";
import { readRepository, seenAsMember } from "../repositories/index.ts";
import { artifactQuery, labelsOf, newestArtifacts, versionsQuery } from "./store.ts";

type ArtifactRecord = Awaited<ReturnType<typeof newestArtifacts>>[number];

export interface ArtifactSummary {
  readonly namespace: string;
  readonly name: string;
  readonly repository: string;
  readonly type: string;
  readonly visibility: "public" | "private";
  readonly description: string | null;
  readonly latest: string | null;
  readonly versionCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What its namespace has proved to be. */
  readonly publisher: Publisher;
}

function summary(row: ArtifactRecord): ArtifactSummary {
  return {
    namespace: row.repository.slice(0, row.repository.lastIndexOf("/")),
    name: row.name,
    repository: row.repository,
    type: row.type,
    visibility: row.visibility,
    description: row.description,
    latest: row.latestVersion,
    versionCount: row.versionCount,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    publisher: row.publisher,
  };
}

export interface ArtifactDetails extends ArtifactSummary {
  /** Of all its manifests, since ever. */
  readonly downloads: number;
  readonly labels: Record<string, { digest: string; version: string | null }>;
}

/** What a label leads to. The content may be several versions: then it is shown as the highest. */
function labelView(rows: readonly { digest: string; version: string | null }[]): {
  digest: string;
  version: string | null;
} {
  const versions = rows.map((row) => row.version as Version | null).filter((version) => version !== null);
  return { digest: rows[0]?.digest ?? "", version: latestOf(versions) ?? null };
}

/** One artifact with its labels. Errors: `name_unknown`. */
export async function readArtifact(ctx: Context, parts: RepositoryParts): Promise<ArtifactDetails> {
  const { rows } = await readRepository(ctx, parts, (db) => artifactQuery(db, parts));
  const row = rows[0];
  if (!row) throw unknownName(parts.repository);
  const labels = await labelsOf(ctx.db, row.id);
  return {
    ...summary(row),
    downloads: row.downloads,
    labels: Object.fromEntries(
      [...Map.groupBy(labels, ({ tag }) => tag)].map(([tag, leads]) => [tag, labelView(leads)]),
    ),
  };
}

/**
 * Artifacts that the caller may see, most recently changed first; of one namespace when its handle is given. The
 * cursor is opaque. Errors: `invalid_request`.
 */
export async function listArtifacts(
  ctx: Context,
  page: { cursor?: string | undefined; limit: number; handle?: Handle | undefined },
): Promise<{ artifacts: ArtifactSummary[]; next: string | null }> {
  const { cursor, limit, handle } = page;
  const rows = await newestArtifacts(ctx.db, await seenAsMember(ctx), {
    before: parseCursor(cursor),
    handle,
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    artifacts: shown.map(summary),
    next: rows.length > limit && last ? `${last.updatedAt.getTime()}.${last.id}` : null,
  };
}

function parseCursor(cursor: string | undefined): { updatedAt: number; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, updatedAt, id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (updatedAt && id) return { updatedAt: Number(updatedAt), id };
  throw new RegistryError("invalid_request", "The cursor is not one that this registry gave out.", {
    suggestions: ["Start again without a cursor."],
  });
}

export interface VersionSummary {
  readonly version: string;
  readonly digest: string;
  /** Bytes of config and layers. */
  readonly size: number;
  readonly state: string;
  readonly deprecation: string | null;
  readonly publishedAt: string;
  readonly publishedBy: string;
  /** Since ever. */
  readonly downloads: number;
}

/** The offered versions of an artifact, highest first; members also see those that wait. Errors: `name_unknown`. */
export async function listVersions(ctx: Context, parts: RepositoryParts): Promise<VersionSummary[]> {
  const { repository, rows } = await readRepository(ctx, parts, (db) => versionsQuery(db, parts));
  if (!repository.artifact) throw unknownName(parts.repository);
  const seen = rows.filter(({ state }) => state !== "pending" || repository.insider);
  const byVersion = new Map(seen.map((row) => [row.version, row]));
  return sortDescending(seen.map((row) => row.version as Version)).map((version) => {
    const row = byVersion.get(version);
    if (!row) throw new TypeError("sorted versions are the rows' own");
    return { ...row, publishedAt: row.publishedAt.toISOString() };
  });
}
