import type { Digest } from "../../../core/digests.ts";
import { unwrap } from "../../../core/errors.ts";
import { type ArtifactName, namespacePath, type RepositoryParts, repositoryParts } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import type { CommandInput, CommandName, CommandResult } from "../../objects/namespace-graph/index.ts";
import { runCommand } from "../../objects/namespace-graph/client.ts";
import { auditOrigin } from "../audit/index.ts";
import { assertNotConfusable } from "../names/index.ts";
import { requireRole, type Visibility } from "../namespaces/index.ts";
import { requireRepository } from "../repositories/index.ts";
import { assertFreshFactor } from "../second-factor/index.ts";

/**
 * Gives a command to the namespace's graph. The caller has been authorised. Errors: those of the command,
 * `second_factor_required` where only people with a fresh factor change anything.
 */
export async function changeGraph<N extends CommandName>(
  ctx: Context,
  parts: RepositoryParts,
  namespaceId: string,
  name: N,
  input: CommandInput<N>,
): Promise<CommandResult<N>> {
  const { actor } = ctx;
  if (actor.kind !== "user") throw new TypeError("a change needs a user");
  await assertFreshFactor(ctx, { namespaceId, name: parts.name });
  const { userId, publisher } = actor;
  const namespace = namespacePath(parts.kind, parts.handle);
  const origin = { namespaceId, namespace, userId, publisher, audit: auditOrigin(ctx) };
  const outcome = await runCommand(ctx.graph(namespaceId), name, origin, input).finally(() =>
    // Also when it failed: nobody knows then whether it changed anything.
    ctx.reads.forget(parts.repository),
  );
  const result = unwrap(outcome);
  ctx.log.info(`artifact.${name}`, { repository: parts.repository, user: userId, run: publisher?.run });
  return result;
}

/**
 * Deletes a manifest by digest or a tag by name; versions among them become unpublished.
 * Errors: `manifest_unknown`, `manifest_referenced`, those of `assertMay` for "delete".
 */
export async function deleteManifest(
  ctx: Context,
  parts: RepositoryParts,
  reference: { digest: Digest } | { tag: string },
): Promise<void> {
  const { namespaceId } = await requireRepository(ctx, parts, "delete");
  if ("digest" in reference)
    await changeGraph(ctx, parts, namespaceId, "deleteManifest", { name: parts.name, digest: reference.digest });
  else await changeGraph(ctx, parts, namespaceId, "deleteTag", { name: parts.name, tag: reference.tag });
}

/** Unpublishes a version for good. Errors: `version_unknown`, `version_gone`, those of `assertMay` for "delete". */
export async function unpublishVersion(ctx: Context, parts: RepositoryParts, version: Version): Promise<void> {
  const { namespaceId } = await requireRepository(ctx, parts, "delete");
  await changeGraph(ctx, parts, namespaceId, "unpublish", { name: parts.name, version });
}

/** Deprecates a version with a message, or lifts it with `null`. Errors: `version_unknown`, `version_gone`. */
export async function deprecateVersion(
  ctx: Context,
  parts: RepositoryParts,
  version: Version,
  message: string | null,
): Promise<void> {
  const { namespaceId } = await requireRepository(ctx, parts, "push");
  await changeGraph(ctx, parts, namespaceId, "deprecate", { name: parts.name, version, message });
}

/**
 * Gives an artifact another name inside its namespace. The old one leads to it for ever. Needs the role admin and the scope
 * admin. Errors: `name_unknown`, `name_taken`, `name_confusable`, `denied`.
 */
export async function renameArtifact(ctx: Context, parts: RepositoryParts, to: ArtifactName): Promise<RepositoryParts> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  const renamed = repositoryParts(parts.kind, parts.handle, to);
  // A credential for the one artifact must not take names that it is not for.
  await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", to);
  await assertNotConfusable(ctx, renamed, namespace.id);
  await changeGraph(ctx, parts, namespace.id, "rename", { name: parts.name, to }).finally(() =>
    ctx.reads.forget(renamed.repository),
  );
  return renamed;
}

/** Makes an artifact public or private. Needs the role admin and the scope admin. Errors: `name_unknown`, `denied`. */
export async function setArtifactVisibility(
  ctx: Context,
  parts: RepositoryParts,
  visibility: Visibility,
): Promise<void> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  await changeGraph(ctx, parts, namespace.id, "setVisibility", { name: parts.name, visibility });
}
