import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { findImport, type ImportRow, registryContent, startImportRow } from "./store.ts";

/** The only form of a backup that there is so far. */
export const backupSchema = 1;

/** How an import stands, and whether one could begin. */
export async function importStanding(ctx: Context, id: string) {
  const { handle } = requireOperator(ctx.actor);
  const [row, content] = await Promise.all([findImport(ctx.db, id), registryContent(ctx.db, handle)]);
  return { ...stateOf(row), ...content };
}

/**
 * Begins an import into an empty registry, or takes up one that began so. Safe to repeat.
 * Errors: `denied`, `already_done` when other things are here, `unsupported` for a backup of another schema.
 */
export async function beginImport(ctx: Context, id: string, schema: number) {
  const { handle } = requireOperator(ctx.actor);
  if (schema !== backupSchema) {
    throw new RegistryError("unsupported", `This registry reads backups of schema ${backupSchema}, not ${schema}.`, {
      suggestions: ["Import it with the release of the registry that wrote it, or a later one."],
    });
  }
  const row = await startImportRow(ctx.db, { id, handle, at: ctx.now() });
  if (!row) throw notEmpty(await registryContent(ctx.db, handle));
  if (!row.finishedAt) {
    await recordAudit(ctx, auditNote(ctx, registryChain, "import.begun", id));
    ctx.log.info("import.begun", { import: id });
  }
  return stateOf(row);
}

export function stateOf(row: ImportRow | undefined) {
  return {
    state: !row ? ("none" as const) : row.finishedAt ? ("finished" as const) : ("running" as const),
    startedAt: row?.startedAt.toISOString() ?? null,
    finishedAt: row?.finishedAt?.toISOString() ?? null,
  };
}

function notEmpty({ accounts, artifacts }: { accounts: number; artifacts: number }): RegistryError {
  return new RegistryError("already_done", "This registry is not empty, and a backup can only be imported whole.", {
    details: { accounts, artifacts },
    suggestions: ["Import into a fresh registry: npm start -- --data <new folder> --empty."],
  });
}
