import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { type BackupRecord, type RecordKind, recordKindsWithReferences, recordPage } from "./records.ts";

const pageSize = 500;

/** Which kinds of records a backup has, in an order in which they can be put back. Errors: `denied`. */
export function describeRecords(ctx: Context) {
  requireOperator(ctx.actor);
  return { kinds: recordKindsWithReferences() };
}

export interface RecordPage {
  readonly records: BackupRecord[];
  /** Where the next page begins, null at the end. */
  readonly next: string | null;
}

/** A page of what only the database knows. Passwords and keys come as their hashes. Errors: `denied`, `invalid_request`. */
export async function readRecords(ctx: Context, kind: RecordKind, cursor: string | undefined): Promise<RecordPage> {
  const operator = requireOperator(ctx.actor);
  if (cursor === undefined) {
    ctx.log.info("export.records", { kind, user: operator.userId });
    await recordAudit(ctx, auditNote(ctx, registryChain, "backup.exported", kind));
  }
  const { records, last } = await recordPage(ctx.db, kind, cursor === undefined ? undefined : decode(cursor), pageSize);
  return { records, next: records.length < pageSize || !last ? null : encode(last) };
}

const encode = (key: readonly string[]) => Buffer.from(JSON.stringify(key)).toString("base64url");

function decode(cursor: string): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(key) && key.length > 0 && key.every((part) => typeof part === "string")) return key;
  } catch {
    // Answered like every other cursor that is none.
  }
  throw new RegistryError("invalid_request", "The cursor is not one that this call gave.", {
    suggestions: ["Begin without a cursor, and use `next` of each page for the following one."],
  });
}
