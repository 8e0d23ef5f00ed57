import type { Context } from "../../context.ts";
import type { AuditChain, AuditNote } from "./note.ts";
import { forgetRecords, insertRecord, waitingChains, waitingRecords } from "./store.ts";

/** What sealing needs; it also runs by the clock, when nobody asks. */
export type SealContext = Pick<Context, "db" | "graph">;

/** Records of one call; D1 binds at most a hundred parameters. */
const perCall = 90;
const chainsPerRound = 500;

/**
 * Gives what waits its place in the chain: afterwards no entry can be changed or left out unnoticed. Repeating is safe, because
 * a record enters its chain once; so is running twice at once. Hand it to `ctx.afterwards`; the schedule does what
 * was left.
 */
export async function sealAudit(ctx: SealContext, of: AuditNote | AuditChain): Promise<void> {
  const chain = "chain" in of ? of.chain : of;
  for (;;) {
    const waiting = await waitingRecords(ctx.db, chain, perCall);
    const [first] = waiting;
    if (!first) return;
    await ctx.graph(first.chain).seal(
      first.chain,
      waiting.map(({ record }) => record),
    );
    await forgetRecords(
      ctx.db,
      waiting.map(({ number }) => number),
    );
    if (waiting.length < perCall) return;
  }
}

/** Seals what was left behind by requests that ended too early. */
export async function sealLeftovers(ctx: SealContext): Promise<void> {
  for (const namespaceId of await waitingChains(ctx.db, chainsPerRound)) await sealAudit(ctx, { namespaceId });
}

/** Writes down what changes nothing in D1 itself: an operator's work, or that something was read. */
export async function recordAudit(ctx: SealContext & Pick<Context, "afterwards">, note: AuditNote): Promise<void> {
  await insertRecord(ctx.db, note);
  ctx.afterwards(sealAudit(ctx, note));
}
