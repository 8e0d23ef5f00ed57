import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { demandOf } from "./store.ts";

/**
 * Holds an artifact to its demand for trusted publishers: nobody else gives it a version, or a label on content that is
 * no version yet. Labels of versions still move by hand, and what refers to a manifest (signatures) is still attached.
 * Errors: `denied`.
 */
export async function assertTrustedEnough(
  ctx: Context,
  { repository }: RepositoryParts,
  push: { digest: Digest; version: string | undefined; labels: readonly string[] },
): Promise<void> {
  if (push.version === undefined && push.labels.length === 0) return;
  if (ctx.actor.kind === "user" && ctx.actor.publisher) return;
  const { trustedOnly, isVersion } = await demandOf(ctx.db, repository, push.digest);
  if (!trustedOnly || (push.version === undefined && isVersion)) return;
  throw new RegistryError("denied", `New versions of ${repository} come from its trusted publishers alone.`, {
    details: { repository },
    suggestions: [
      "Publish from the CI system that `gati trust list` names.",
      "An admin of the namespace can lift this: gati trust require <artifact> --off.",
    ],
  });
}
