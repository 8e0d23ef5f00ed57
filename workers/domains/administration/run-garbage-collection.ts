import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { requireUser } from "../auth/index.ts";
import { collectGarbage } from "../blobs/index.ts";

/** Runs the garbage collector now. Needs an operator with the scope admin. Errors: `unauthenticated`, `denied`. */
export async function runGarbageCollection(ctx: Context, options: { dryRun: boolean }) {
  if (!requireUser(ctx.actor, "admin").operator) {
    throw new RegistryError("denied", "Only an operator of this registry may do this.", {
      suggestions: ["Sign in with an operator account."],
    });
  }
  const report = await collectGarbage(ctx, options);
  if (!report.dryRun) ctx.reads.forget();
  return report;
}
