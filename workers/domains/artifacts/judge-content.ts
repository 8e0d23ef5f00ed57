import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { GatiManifest } from "../../../core/manifests/gati.ts";
import { heldBy, judgePublish } from "../../../core/org-policies/judge-publish.ts";
import { subjectOfTag } from "../../../core/retention/evaluate.ts";
import type { Context } from "../../context.ts";
import type { RepositoryView } from "../repositories/index.ts";
import { namesVersion } from "./store.ts";

/**
 * Holds what is pushed to the organisation's policy. Returns why it has to wait until somebody releases it; empty when
 * nothing keeps it. Where licences are limited a label on content that is no version is refused: it states none.
 * Errors: `denied`.
 */
export async function judgeContent(
  ctx: Context,
  { policy, repository }: RepositoryView,
  push: { digest: Digest; labels: readonly string[]; described: GatiManifest | undefined },
): Promise<string[]> {
  if (policy === null) return [];
  const { digest, labels, described } = push;
  // Members of an index, and what refers to other content, are offered under no name of their own.
  const judged = described !== undefined || labels.some((label) => subjectOfTag(label) === undefined);
  if (!judged) return heldBy(policy).map(({ code }) => code);
  const known = described === undefined && policy.licences !== null && (await namesVersion(ctx.db, repository, digest));
  const verdict = judgePublish(known ? { ...policy, licences: null } : policy, {
    licence: described?.license ?? null,
  });
  const [first] = verdict.refused;
  if (!first) return verdict.held.map(({ code }) => code);
  throw new RegistryError("denied", first.message, {
    details: { repository, refused: verdict.refused.map(({ code }) => code) },
    suggestions: verdict.refused.map(({ suggestion }) => suggestion),
  });
}
