import { parseRepository, type RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { allowedActions } from "../namespaces/index.ts";
import { nameAfter, viewRepository } from "./store.ts";

/**
 * The repository that something is called now which had this name before, if the caller may read it. `evenly` looks
 * the same up whether there is one or not, so that the time tells a stranger nothing about what is private.
 */
export async function renamedTo(
  ctx: Context,
  parts: RepositoryParts,
  { evenly = true }: { readonly evenly?: boolean } = {},
): Promise<RepositoryParts | undefined> {
  const now = await nameAfter(ctx.db, parts.repository);
  if (now === undefined && !evenly) return undefined;
  const target = now === undefined ? parts : parseRepository(now);
  const view = await viewRepository(ctx, target);
  return now !== undefined && allowedActions(ctx.actor, view).includes("pull") ? target : undefined;
}
