import { namespacePath } from "../../../core/identifiers.ts";
import { afterCheck } from "../../../core/verification/expiry.ts";
import type { Context } from "../../context.ts";
import { auditNote, type AuditNote, sealAudit } from "../audit/index.ts";
import { endedLetter } from "./letters.ts";
import type { Look } from "./look-for-proof.ts";
import { type DueVerification, ownersOf, recordEnded, recordMissed, recordProved } from "./store.ts";

export type SettleContext = Pick<Context, "actor" | "db" | "graph" | "now" | "log" | "reads"> &
  Partial<Pick<Context, "source" | "requestId">> & { readonly settings: Pick<Context["settings"], "service"> };

const day = 24 * 60 * 60 * 1000;
/** The next check is a day later, give or take an hour or two: what was proved together is not asked for together. */
const nextCheck = (now: number) => new Date(now + day - Math.floor(Math.random() * 2 * 60 * 60 * 1000));
const mostOwners = 20;

/** Writes down what a check found: a badge that comes, stays or goes. `by` says who looked; only the schedule ends one. */
export async function settle(
  ctx: SettleContext,
  row: DueVerification,
  { finding, method }: Look,
  by: "asked" | "schedule",
): Promise<void> {
  const at = new Date(ctx.now());
  const namespace = namespacePath(row.namespaceKind, row.handle);
  const { kind, subject } = row;
  const note = (action: string): AuditNote =>
    auditNote(ctx, { namespaceId: row.namespaceId }, action, namespace, { kind, subject, method });
  const changed = async (written: AuditNote) => {
    ctx.reads.forget(namespace);
    await sealAudit(ctx, written);
    ctx.log.info(written.record.action, { namespace: row.namespaceId, kind, subject });
  };
  if (finding === "proved") {
    const verified = note("verification.verified");
    await recordProved(ctx.db, row, { method, at, dueAt: nextCheck(at.getTime()) }, verified);
    if (row.state !== "verified") await changed(verified);
    return;
  }
  const before = { failures: row.failures, failingSince: row.failingSince?.getTime() ?? null };
  const after = by === "schedule" ? afterCheck(before, finding, at.getTime()) : { ...before, ends: false };
  if (!after.ends) {
    await recordMissed(ctx.db, row, { ...after, at, dueAt: by === "schedule" ? nextCheck(at.getTime()) : row.dueAt });
    return;
  }
  const ended = note("verification.ended");
  const owners = await ownersOf(ctx.db, row.namespaceId, mostOwners);
  const letter = endedLetter(ctx.settings.service, namespace, row);
  await recordEnded(ctx.db, row, { at, letter, owners }, ended);
  await changed(ended);
}
