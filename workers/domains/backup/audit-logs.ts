import { z } from "zod";
import type { AuditEntry } from "../../../core/audit/entry.ts";
import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { sealAudit } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { unknownName } from "../namespaces/index.ts";
import { requireRunning } from "./running-import.ts";
import { namespaceById } from "./store.ts";

/** Bytes of a page. */
const pageBytes = 1024 * 1024;

/** Enough to follow a chain by; the rest of an entry is covered by its hash. */
const entrySchema = z.looseObject({
  chain: z.string(),
  seq: z.int().positive(),
  id: z.string(),
  previous: z.string(),
  hash: z.string(),
});

/**
 * The next entries of a namespace's audit log behind `seq`, one per line; empty at its end.
 * Errors: `denied`, `name_unknown`.
 */
export async function readAuditLog(ctx: Context, namespaceId: string, seq: number): Promise<string> {
  requireOperator(ctx.actor);
  if (!(await namespaceById(ctx.db, namespaceId))) throw unknownName(namespaceId);
  await sealAudit(ctx, { namespaceId });
  const { entries } = await ctx.graph(namespaceId).auditPage(seq, pageBytes);
  return entries.map((entry) => `${entry}\n`).join("");
}

/**
 * Takes a part of a namespace's audit log, in order, unchanged: its hashes are checked. What was written here since the
 * import began goes behind it. Entries that are here already are passed over; the answer is the number of the last one that
 * came out of the backup. Errors: `name_unknown`, `invalid_request`, those of `requireRunning`.
 */
export async function writeAuditLog(
  ctx: Context,
  importId: string,
  namespaceId: string,
  lines: readonly string[],
): Promise<{ seq: number }> {
  await requireRunning(ctx, importId);
  if (!(await namespaceById(ctx.db, namespaceId))) throw unknownName(namespaceId);
  const entries = lines.map(parseEntry);
  const outcome = (await ctx.graph(namespaceId).restoreAudit(namespaceId, entries as never)) as Outcome<{
    seq: number;
  }>;
  return unwrap(outcome);
}

function parseEntry(line: string): AuditEntry {
  try {
    const entry: unknown = JSON.parse(line);
    entrySchema.parse(entry);
    // As it came, also in the order of its fields: the next export says the same.
    return entry as AuditEntry;
  } catch (cause) {
    throw new RegistryError("invalid_request", "A line of the audit log is no entry.", {
      cause,
      suggestions: ["Use the audit log as it was exported."],
    });
  }
}
