import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import { qualifiedLooksLike } from "../../../core/names/look-alike.ts";
import type { Context } from "../../context.ts";
import { isExempt, popularNamesNear } from "./store.ts";

/**
 * Throws `name_confusable` when an artifact that is about to be made could be taken for a popular one of another namespace.
 * Verified publishers may choose names freely, and operators may allow one.
 */
export async function assertNotConfusable(
  ctx: Pick<Context, "db">,
  parts: RepositoryParts,
  namespaceId: string,
): Promise<void> {
  const near = await popularNamesNear(ctx.db, parts.name, namespaceId);
  const known = near.find((popular) => qualifiedLooksLike(parts, popular));
  if (!known || (await isExempt(ctx.db, parts.repository, namespaceId))) return;
  throw new RegistryError("name_confusable", `${parts.repository} could be taken for ${known.repository}.`, {
    details: { repository: parts.repository, like: known.repository },
    suggestions: [
      "Choose another name.",
      "Verify whose namespace it is (`gati publisher start`): verified publishers may choose such names.",
      "Or ask the operator of the registry to allow it.",
    ],
  });
}
