import { type Client, GaveUp, Unexpected } from "./client.ts";
import { collect } from "./collector.ts";

interface Finding {
  readonly kind: string;
  readonly what: string;
  readonly message: string;
  readonly repaired: boolean;
}

/** What a crash may leave behind: bytes whose request never came to the point of recording them. */
const leftByCrashes = (finding: Finding): boolean => finding.kind === "object_orphaned" && finding.repaired;

/**
 * Has the registry check itself, every byte of it. A crash may leave bytes that nobody needs, which the check gives to
 * the collector; a day later a second check has to find nothing at all. Nothing else may write meanwhile.
 */
export async function verify(operator: Client, nextDay: () => Promise<void>): Promise<void> {
  await nextDay();
  await forgiving(() => verifyTwice(operator, nextDay));
}

/** The same without a day that passes: what a crash may have left behind counts as that of a request under way. */
export async function verifyNow(operator: Client): Promise<void> {
  await forgiving(async () => {
    const all = await findings(operator, false);
    for (const found of all.filter(({ kind }) => kind !== "object_recent")) complain(operator, "the check", found);
  });
}

/** An answer that nothing excuses is in the ledger, and the loop goes on. */
async function forgiving(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GaveUp || error instanceof Unexpected)) throw error;
  }
}

async function verifyTwice(operator: Client, nextDay: () => Promise<void>): Promise<void> {
  const first = await findings(operator, true);
  for (const found of first.filter((one) => !leftByCrashes(one))) complain(operator, "the consistency check", found);
  operator.ledger.orphans += first.filter(leftByCrashes).length;
  await nextDay();
  await collect(operator);
  for (const found of await findings(operator, false)) complain(operator, "the check after the repair", found);
}

function complain(operator: Client, check: string, { kind, what, message }: Finding): void {
  operator.ledger.finding(`${check} found ${kind} of ${what}: ${message}`);
}

async function findings(operator: Client, repair: boolean): Promise<Finding[]> {
  const found: Finding[] = [];
  let cursor: string | null | undefined;
  do {
    const json = { repair, deep: true, ...(cursor ? { cursor } : {}) };
    const answer = await operator.step("verify", "POST", "/api/v1/admin/verify", () => ({ json }));
    operator.expect("checking the registry", answer, [200]);
    const page = JSON.parse(answer.text) as { cursor: string | null; findings: Finding[] };
    found.push(...page.findings);
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}
