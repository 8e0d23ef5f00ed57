import { env } from "cloudflare:workers";
import { createContext } from "../context.ts";
import type { User } from "../domains/auth/index.ts";
import type { Checked, Finding } from "../domains/integrity/finding.ts";
import { verifyRegistry } from "../domains/integrity/verify-registry.ts";

const operator: User = {
  kind: "user",
  userId: "operator",
  handle: "operator",
  operator: true,
  scopes: ["read", "publish", "admin"],
  credential: { kind: "session" },
} as unknown as User;

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a verb gets from an operator's request at `now`. */
export const operatorContext = (now: () => number = () => Date.now()) => ({
  ...createContext({ env, actor: operator, log: quiet, afterwards: () => undefined }),
  now,
});

/** Checks everything, page by page, as an operator at `now`. */
export async function verify(options: { repair?: boolean; deep?: boolean; now?: number } = {}) {
  const { repair = false, deep = false, now } = options;
  const ctx = operatorContext(now === undefined ? undefined : () => now);
  const findings: Finding[] = [];
  let checked: Checked = { namespaces: 0, blobs: 0, manifests: 0, links: 0, objects: 0, bytes: 0 };
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await verifyRegistry(ctx, { cursor, repair, deep });
    findings.push(...page.findings);
    checked = Object.fromEntries(
      Object.entries(checked).map(([name, count]) => [name, count + page.checked[name as keyof Checked]]),
    ) as unknown as Checked;
    cursor = page.cursor ?? undefined;
    pages += 1;
  } while (cursor !== undefined);
  return { findings, checked, pages, kinds: findings.map(({ kind }) => kind) };
}
