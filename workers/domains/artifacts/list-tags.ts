import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { anonymous } from "../auth/index.ts";
import { mayBeRecent, questionOf, readRepository, seenAsMember } from "../repositories/index.ts";
import { repositoryPage, tagPage } from "./store.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins: its `last`. Undefined at the end. */
  readonly next: string | undefined;
}

function paged<T>(rows: readonly T[], limit: number, key: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? key(last) : undefined };
}

/** Tags in byte order after `last`, at most `limit`. Errors: `name_unknown`. */
export async function listTags(
  ctx: Context,
  parts: RepositoryParts,
  last: string | undefined,
  limit: number,
): Promise<Page<string>> {
  const find = async () => {
    const { repository, rows } = await readRepository(ctx, parts, (db) => tagPage(db, parts, last, limit + 1));
    const page = paged(
      rows.map((row) => row.tag),
      limit,
      (tag) => tag,
    );
    return { ...page, isPublic: repository.isPublic, bytes: rows.length * 32 };
  };
  if (!mayBeRecent(ctx, parts.repository)) return find();
  return ctx.reads.through(questionOf(ctx, parts, `tags ${limit} ${last ?? ""}`), find);
}

/** Repositories that the caller may see, in byte order after `last`. */
export async function listRepositories(ctx: Context, last: string | undefined, limit: number): Promise<Page<string>> {
  const { actor } = ctx;
  // A registry token lists private repositories only when it was issued for the catalog.
  const member = actor.kind === "user" && (actor.credential.kind !== "registry-token" || actor.credential.catalog);
  const seen = await seenAsMember(ctx, member ? actor : anonymous);
  return paged(await repositoryPage(ctx.db, seen, last, limit + 1), limit, (repository) => repository);
}
