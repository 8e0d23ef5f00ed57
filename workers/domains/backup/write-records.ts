import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { isUniqueViolation } from "../auth/index.ts";
import { type BackupRecord, insertRecords, type RecordKind, recordSchema } from "./records.ts";
import { requireRunning } from "./running-import.ts";

/**
 * Puts records of one kind back. Those that are here already stay, so a call may be repeated.
 * Errors: `invalid_request` naming the record, `name_taken`, `blob_unknown`, those of `requireRunning`.
 */
export async function writeRecords(
  ctx: Context,
  importId: string,
  kind: RecordKind,
  records: readonly unknown[],
): Promise<void> {
  const operator = await requireRunning(ctx, importId);
  const schema = recordSchema(kind);
  const rows = records.map((record) => readRecord(kind, schema, record));
  for (const row of rows) if (row["handle"] === operator.handle) assertSame(kind, row, operator.handle);
  try {
    await insertRecords(ctx.db, kind, rows, operator.handle);
  } catch (cause) {
    throw explained(kind, cause);
  }
  ctx.reads.forget();
}

function readRecord(kind: RecordKind, schema: ReturnType<typeof recordSchema>, record: unknown): BackupRecord {
  const result = schema.safeParse(record);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RegistryError(
    "invalid_request",
    `A record of ${kind} cannot be read: ${[issue?.path.join("."), issue?.message].filter(Boolean).join(" ")}.`,
    { suggestions: ["Import with a registry that is at least as new as the one that wrote the backup."] },
  );
}

/** Whoever imports goes on as the account of the same handle; that must be an operator's, and no organisation. */
function assertSame(kind: RecordKind, row: BackupRecord, handle: string): void {
  if (kind === "users" ? row["operator"] === true : row["kind"] === "users") return;
  throw new RegistryError("name_taken", `In the backup the handle "${handle}" is not an operator's.`, {
    suggestions: ["Start a fresh registry whose operator has another handle (GATI_ADMIN_HANDLE), and import there."],
  });
}

function explained(kind: RecordKind, cause: unknown): unknown {
  if (isUniqueViolation(cause)) {
    return new RegistryError("name_taken", `Somebody here has what the backup's ${kind} need: a handle or a key.`, {
      cause,
      suggestions: ["Import into a fresh registry in which nobody can sign up meanwhile (GATI_SIGN_UP=closed)."],
    });
  }
  if (!isForeignKeyViolation(cause)) return cause;
  const missing = kind === "links" ? "a blob" : "an account or a namespace";
  return new RegistryError(
    kind === "links" ? "blob_unknown" : "invalid_request",
    `The ${kind} name ${missing} that is not here.`,
    {
      cause,
      suggestions: ["Bring in blobs, accounts and namespaces before what names them."],
    },
  );
}

function isForeignKeyViolation(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at.message.includes("FOREIGN KEY constraint failed")) return true;
  return false;
}
