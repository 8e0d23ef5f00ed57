import { RegistryError } from "../../../core/errors.ts";
import { assertClaimable, type Handle, reservedWordLike } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { isAllowed, protectedHandleLike } from "./store.ts";

const tooAlike = (handle: Handle, known: string) =>
  new RegistryError("name_confusable", `The handle "${handle}" could be taken for "${known}".`, {
    details: { handle, like: known },
    suggestions: [
      "Choose a handle that differs in more than look-alike characters.",
      "If it is yours by right, ask the operator of the registry to allow it.",
    ],
  });

/**
 * Throws when nobody may claim the handle: it is reserved (`name_taken`), or could be taken for a reserved word and no
 * operator allowed it (`name_confusable`).
 */
export async function assertHandleClaimable(ctx: Pick<Context, "db">, handle: Handle): Promise<void> {
  assertClaimable(handle);
  const word = reservedWordLike(handle);
  if (word !== undefined && !(await isAllowed(ctx.db, handle))) throw tooAlike(handle, word);
}

/** What somebody is told whose claim `handleClaim` refused. */
export async function confusableHandle(ctx: Pick<Context, "db">, handle: Handle): Promise<RegistryError> {
  return tooAlike(handle, (await protectedHandleLike(ctx.db, handle)) ?? "another one");
}
