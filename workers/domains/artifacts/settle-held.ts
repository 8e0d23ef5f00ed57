import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { NamespaceKind, RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { requireScope } from "../auth/index.ts";
import { requireRole, unknownName, visibleNamespace } from "../namespaces/index.ts";
import { seenAsMember } from "../repositories/index.ts";
import { changeGraph } from "./change-artifact.ts";
import { heldPage } from "./store.ts";

export interface HeldContent {
  readonly repository: string;
  readonly digest: string;
  /** The version and labels that it gets when it is released. */
  readonly tags: readonly string[];
  /** Why it waits, such as `approval`. */
  readonly reasons: readonly string[];
  readonly heldBy: string;
  readonly heldAt: string;
  /** Whether the caller pushed it, and so cannot settle it. */
  readonly own: boolean;
}

/**
 * What waits in a namespace to be released, oldest first, as far as the caller sees its artifacts as a member.
 * Errors: `name_unknown`, `unauthenticated`, `invalid_request` for a wrong cursor.
 */
export async function listHeld(
  ctx: Context,
  kind: NamespaceKind,
  handle: string,
  page: { cursor: string | undefined; limit: number },
): Promise<{ held: HeldContent[]; next: string | null }> {
  const { userId } = requireScope(ctx.actor, "read");
  const namespace = await visibleNamespace(ctx, kind, handle);
  const after = parseCursor(page.cursor);
  const rows = await heldPage(ctx.db, namespace.id, await seenAsMember(ctx), { after, limit: page.limit + 1 });
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1)?.held;
  return {
    held: shown.map(({ repository, held: { digest, tags, reasons, users, heldBy, heldAt } }) => {
      const own = users.includes(userId);
      return { repository, digest, tags, reasons, heldBy, heldAt: heldAt.toISOString(), own };
    }),
    next: rows.length > page.limit && last ? `${last.heldAt.getTime()}.${last.digest}` : null,
  };
}

function parseCursor(cursor: string | undefined): { heldAt: number; digest: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, heldAt, digest] = /^(\d{1,16})\.([a-z0-9]+:[0-9a-f]+)$/.exec(cursor) ?? [];
  if (heldAt && digest) return { heldAt: Number(heldAt), digest };
  throw new RegistryError("invalid_request", "The cursor is not one that this registry gave out.", {
    suggestions: ["Start again without a cursor."],
  });
}

/**
 * Releases content that waits, or takes it out again. Needs the role admin to the artifact and the scope admin, and
 * somebody else than who pushed it. Errors: those of `requireRole`, `name_unknown`, `manifest_unknown`, `denied`.
 */
export async function settleHeld(
  ctx: Context,
  parts: RepositoryParts,
  digest: Digest,
  decision: "release" | "reject",
): Promise<{ tags: readonly string[] }> {
  const namespace = await requireRole(ctx, parts.kind, parts.handle, "admin", "admin", parts.name);
  const command = decision === "release" ? "releaseHeld" : "rejectHeld";
  try {
    return await changeGraph(ctx, parts, namespace.id, command, { name: parts.name, digest, bySecondPerson: true });
  } catch (error) {
    if (error instanceof RegistryError && error.code === "name_unknown") throw unknownName(parts.repository);
    throw error;
  }
}
