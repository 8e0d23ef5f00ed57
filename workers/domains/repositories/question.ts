import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Question } from "../../cache/public-reads.ts";
import type { Context } from "../../context.ts";

/** Something about a repository that may be remembered for strangers under `key`. */
export function questionOf(ctx: Context, { repository }: RepositoryParts, key: string): Question {
  return { repository, key, afterwards: ctx.afterwards };
}
