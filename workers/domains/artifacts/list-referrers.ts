import type { Digest } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { readRepository } from "../repositories/index.ts";
import { referrerPage } from "./store.ts";

/** Descriptors per answer: with annotations of ordinary size the answer stays below the 4 MiB that clients read. */
const pageSize = 500;

export interface Referrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
}

/**
 * Manifests whose subject is `subject`, whether or not the subject itself is here.
 * Errors: `name_unknown` for a repository that the caller may not see.
 */
export async function listReferrers(
  ctx: Context,
  parts: RepositoryParts,
  subject: Digest,
  page: { artifactType: string | undefined; last: string | undefined },
): Promise<{ referrers: Referrer[]; next: string | undefined }> {
  const { repository, rows } = await readRepository(ctx, parts, (db) =>
    referrerPage(db, parts, subject, { ...page, limit: pageSize + 1 }),
  );
  const shown = rows.slice(0, pageSize);
  const seen = shown.filter(({ hidden }) => !hidden || repository.insider);
  const referrers = seen.map(({ mediaType, digest, size, artifactType, annotations }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType ? { artifactType } : {}),
    ...(annotations ? { annotations } : {}),
  }));
  return { referrers, next: rows.length > pageSize ? shown.at(-1)?.digest : undefined };
}
