import { evaluateRetention, type Verdict } from "../../../core/retention/evaluate.ts";
import type { RetentionPolicy } from "../../../core/retention/policy.ts";
import { livingSubjects, looseManifests, retainedTags, type StoredPolicy } from "./store.ts";

/** The policy that an artifact is judged by: its own, else its namespace's. */
export function policyFor(policies: readonly StoredPolicy[], name: string): StoredPolicy | undefined {
  return policies.find(({ artifact }) => artifact === name) ?? policies.find(({ artifact }) => artifact === "");
}

/** What a policy says of everything in an artifact. Changes nothing. */
export async function planArtifact(
  { db, now }: { readonly db: D1Database; now(): number },
  artifactId: string,
  policy: RetentionPolicy,
): Promise<Verdict[]> {
  const [tags, loose] = await Promise.all([retainedTags(db, artifactId), looseManifests(db, artifactId)]);
  const subjects = await livingSubjects(db, artifactId, tags);
  return evaluateRetention(policy, { tags, loose, subjects }, now());
}
