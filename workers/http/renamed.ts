import { RegistryError } from "../../core/errors.ts";
import { parseRepository, type RepositoryParts } from "../../core/identifiers.ts";
import { renamedTo } from "../domains/repositories/index.ts";
import type { SurfaceContext } from "./surface.ts";

/** Names the repository that answered instead of the one that was asked for. */
export const renamedHeader = "Gati-Renamed-To";

const unknown: ReadonlySet<string> = new Set([
  "name_unknown",
  "manifest_unknown",
  "blob_unknown",
  "version_unknown",
] satisfies RegistryError["code"][]);

/**
 * Where a read would have led that found nothing, because what it asked for has another name now and the caller may read
 * that. `paths` begins with what precedes the repository; the repository is its group.
 */
export async function renamedAddress(
  c: SurfaceContext,
  error: unknown,
  paths: RegExp,
): Promise<{ parts: RepositoryParts; address: string } | undefined> {
  const { method, url } = c.req;
  if (!(error instanceof RegistryError) || !unknown.has(error.code) || !/^(?:GET|HEAD)$/.test(method)) return undefined;
  const { pathname, search, origin } = new URL(url);
  const old = paths.exec(pathname)?.[1];
  const ctx = c.get("ctx");
  if (old === undefined || !ctx) return undefined;
  try {
    const parts = await renamedTo(ctx, parseRepository(old), { evenly: error.code === "name_unknown" });
    return parts && { parts, address: origin + pathname.replace(old, parts.repository) + search };
  } catch {
    // The answer to what was asked is the better one.
    return undefined;
  }
}
