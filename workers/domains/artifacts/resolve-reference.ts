import { isDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { repositoryParts, type RepositoryParts } from "../../../core/identifiers.ts";
import { isTag, parseArtifactReference } from "../../../core/references.ts";
import { spansOf } from "../../../core/version-order.ts";
import { isRange, isVersion, latestOf, maxSatisfying, type Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import { kindOfHandle, unknownName } from "../namespaces/index.ts";
import { readRepository, renamedTo } from "../repositories/index.ts";
import { resolutionQuery, topOfSpans } from "./store.ts";

export interface Resolution {
  readonly namespace: string;
  readonly name: string;
  readonly repository: string;
  readonly type: string;
  /** Null when the reference leads to something that is no version. */
  readonly version: string | null;
  readonly digest: string;
  /** Bytes of config and layers of a version, else of the manifest. */
  readonly size: number;
  readonly mediaType: string;
  readonly state: string | null;
  readonly deprecation: string | null;
  readonly publishedAt: string;
}

const isUnknown = (error: unknown) =>
  error instanceof RegistryError && (error.code === "name_unknown" || error.code === "version_unknown");

/**
 * Completes a written name to a repository and works on it: the short forms leave out whether the handle is a user or
 * an organisation. An unknown handle goes the same way as a known one and fails in the same words, so that the answer
 * does not tell a private namespace from none.
 */
export async function withLocated<T>(
  ctx: Context,
  text: string,
  work: (parts: RepositoryParts, selector: string | undefined) => Promise<T>,
): Promise<T> {
  const { kind, handle, name, selector } = parseArtifactReference(text);
  const known = kind ?? (await kindOfHandle(ctx.db, handle)) ?? "users";
  const parts = repositoryParts(known, handle, name);
  try {
    return await work(parts, selector);
  } catch (error) {
    const now = isUnknown(error) ? await renamedTo(ctx, parts) : undefined;
    if (now) return work(now, selector);
    if (kind === undefined && error instanceof RegistryError && error.code === "name_unknown") {
      throw unknownName(`${handle}/${name}`);
    }
    throw error;
  }
}

/**
 * Resolves a reference to one manifest. The selector is a digest, an exact version, a label, or a semver range, tried
 * in this order; without one it is `latest`. A deprecated version is chosen for a range only when nothing else fits.
 * Errors: `name_invalid`, `name_unknown`, `version_unknown`.
 */
export function resolveReference(ctx: Context, text: string): Promise<Resolution> {
  return withLocated(ctx, text, (parts, selector = "latest") => resolveSelector(ctx, parts, selector));
}

async function resolveSelector(ctx: Context, parts: RepositoryParts, selector: string): Promise<Resolution> {
  const direct = await resolveDirectly(ctx, parts, selector);
  if (direct) return direct;
  if (isRange(selector) && !isVersion(selector)) {
    const chosen = await chooseFromRange(ctx, parts, selector);
    const resolved = chosen && (await resolveDirectly(ctx, parts, chosen));
    if (resolved) return resolved;
  }
  throw new RegistryError(
    "version_unknown",
    `${parts.repository} has nothing that matches "${selector.slice(0, 160)}".`,
    {
      details: { selector },
      suggestions: ["List the versions to see what is there."],
    },
  );
}

async function resolveDirectly(
  ctx: Context,
  parts: RepositoryParts,
  selector: string,
): Promise<Resolution | undefined> {
  const wanted = isDigest(selector) ? { digest: selector } : isTag(selector) ? { tag: selector } : undefined;
  if (!wanted) return undefined;
  const { repository, rows: found } = await readRepository(ctx, parts, (db) => resolutionQuery(db, parts, wanted));
  if (!repository.artifact) throw unknownName(parts.repository);
  const member = repository.insider;
  const rows = found
    .filter(({ hidden }) => !hidden || member)
    // A version that waits is no name of the content yet.
    .map((row) => (row.state === "pending" && !member ? { ...row, version: null, state: null } : row));
  // One manifest may be several versions: the one that was asked for by name, else the highest that is offered.
  const highest = (states: readonly (string | null)[]) =>
    latestOf(
      rows.filter((candidate) => states.includes(candidate.state)).map((candidate) => candidate.version as Version),
    );
  const version = isVersion(selector) ? selector : (highest(["published"]) ?? highest(["deprecated"]));
  const row = rows.find((candidate) => candidate.version === version) ?? rows[0];
  return (
    row && {
      namespace: `${parts.kind}/${parts.handle}`,
      name: parts.name,
      repository: parts.repository,
      type: row.type,
      version: row.version,
      digest: row.digest,
      size: row.size ?? row.manifestSize,
      mediaType: row.mediaType,
      state: row.state,
      deprecation: row.deprecation,
      publishedAt: (row.publishedAt ?? row.pushedAt).toISOString(),
    }
  );
}

async function chooseFromRange(ctx: Context, parts: RepositoryParts, range: string): Promise<Version | undefined> {
  const { rows } = await readRepository(ctx, parts, (db) => topOfSpans(db, parts, spansOf(range)));
  const pick = (state: string) => {
    const tops = rows.filter((row) => row.state === state).flatMap(({ first, second }) => [first, second]);
    return maxSatisfying(
      tops.filter((version) => version !== null),
      range,
    );
  };
  return pick("published") ?? pick("deprecated");
}
