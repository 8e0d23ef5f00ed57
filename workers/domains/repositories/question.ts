import type { Repository, RepositoryParts } from "../../../core/identifiers.ts";
import type { Question } from "../../cache/public-reads.ts";
import type { Context } from "../../context.ts";

/** Something about a repository that may be remembered for strangers under `key`. */
export function questionOf(ctx: Context, { repository }: RepositoryParts, key: string): Question {
  return { repository, key, afterwards: ctx.afterwards };
}

/**
 * Whether the caller may be told from memory what moves: tags, and lists of them. Strangers may, and users whose token says that
 * they have no role here, because neither can have changed it. Whoever may have must see their own change at once; where one isolate serves
 * everybody, its memory forgets with every change, so there everybody may.
 */
export function mayBeRecent({ actor, blobs }: Pick<Context, "actor" | "blobs">, repository: Repository): boolean {
  if (blobs.local || actor.kind === "anonymous") return true;
  if (actor.credential.kind !== "registry-token") return false;
  return actor.credential.grants.some((grant) => grant.repository === repository && grant.outsider === true);
}
