import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { requireOperator, type User } from "../auth/index.ts";
import { findImport } from "./store.ts";

/** The operator who imports, if this import is under way. Errors: `denied`, `already_done`, `invalid_request`. */
export async function requireRunning(ctx: Context, id: string): Promise<User> {
  const operator = requireOperator(ctx.actor);
  const row = await findImport(ctx.db, id);
  if (row && !row.finishedAt) return operator;
  if (row) {
    throw new RegistryError("already_done", "This import is finished.", { suggestions: ["Nothing is left to do."] });
  }
  throw new RegistryError("invalid_request", "No such import was begun here.", {
    suggestions: ["Begin it with PUT /api/v1/admin/imports/<id>."],
  });
}
