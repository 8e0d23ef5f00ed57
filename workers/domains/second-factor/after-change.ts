import type { Context } from "../../context.ts";
import { type AuditNote, sealAudit } from "../audit/index.ts";
import { deliverMails } from "../mail/index.ts";

/** What follows a change of somebody's factors: its audit entry gets its place, the mail goes, ended sessions are known. */
export function afterChange(ctx: Context, audit: AuditNote, endedSessions: readonly string[] = []): void {
  const now = ctx.now();
  for (const id of endedSessions) ctx.revoked.add(id, now);
  ctx.log.info(audit.record.action, { target: audit.record.target, sessions: endedSessions.length });
  ctx.afterwards(sealAudit(ctx, audit));
  ctx.afterwards(deliverMails(ctx));
}
