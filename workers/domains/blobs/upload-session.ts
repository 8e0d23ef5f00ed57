import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";
import { hasScope, reaches } from "../auth/index.ts";
import { readOpening, type UploadReference } from "./opening.ts";

/**
 * What the caller shows an upload session. The session checks that the same user opened it for the same repository;
 * whether the user may still push there is checked again when the upload is completed.
 * Errors: `unauthenticated`, `insufficient_scope`.
 */
export function uploadClaim(
  ctx: Context,
  parts: Pick<RepositoryParts, "repository">,
  upload?: UploadReference,
): UploadClaim {
  const { actor } = ctx;
  if (actor.kind === "anonymous") {
    throw new RegistryError("unauthenticated", "Uploads need a signed-in user.", {
      suggestions: ["Sign in with your OCI client, or run `gati login`."],
    });
  }
  const covered =
    "grants" in actor.credential
      ? actor.credential.grants.some((grant) => grant.repository === parts.repository && grant.actions.includes("push"))
      : hasScope(actor, "publish");
  if (!covered || !reaches(actor, parts.repository)) {
    throw new RegistryError("insufficient_scope", `The credential does not cover "push" on ${parts.repository}.`, {
      details: { repository: parts.repository, action: "push" },
      suggestions: ["Ask the token endpoint for push on this repository, or use an API key with the scope publish."],
    });
  }
  const claim = { repository: parts.repository, userId: actor.userId };
  return { ...claim, opening: upload && readOpening(ctx.settings, upload, claim, ctx.now()) };
}
