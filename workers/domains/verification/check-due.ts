import { anonymous } from "../auth/index.ts";
import { lookForProof, type LookContext } from "./look-for-proof.ts";
import { settle, type SettleContext } from "./settle.ts";
import { dueVerifications } from "./store.ts";

/** Of one hour: far more than come due, unless the schedule stood still. */
const perRound = 200;
/** Asked at once; each may take some seconds. */
const atOnce = 8;

/** Looks for the proofs that are due, and ends verifications whose proof is gone. Run by the schedule. */
export async function checkDueVerifications(input: Omit<SettleContext, "actor"> & LookContext): Promise<void> {
  const ctx = { ...input, actor: anonymous };
  const due = await dueVerifications(ctx.db, new Date(ctx.now()), perRound);
  for (let at = 0; at < due.length; at += atOnce) {
    const results = await Promise.allSettled(
      due.slice(at, at + atOnce).map(async (row) => settle(ctx, row, await lookForProof(ctx, row), "schedule")),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}
