import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Handle, Repository, RepositoryParts } from "../../../core/identifiers.ts";
import { downloadTotals } from "../analytics/tables.ts";
import { namespaces } from "../namespaces/tables.ts";
import { named } from "../../storage/columns.ts";
import { publisherOf } from "../verification/index.ts";
import { artifactIdOf } from "../repositories/index.ts";
import { precedenceOf, type PrecedenceSpan } from "../../../core/version-order.ts";
import { isVersion, type Version } from "../../../core/versions.ts";
import { artifacts, heldManifests, manifests, tags, versions } from "./tables.ts";

/** The badge of whoever an artifact belongs to. */
const shownPublisher = publisherOf(sql`artifacts.namespace_id`);

const listed = ["published", "deprecated"] as const;

/**
 * Whether outsiders do not see the manifest of the row yet. Almost always a seek that finds nothing. The columns are written
 * out: of a query without joins drizzle would leave the table's name away, and they would be those of the inner table.
 */
const hidden = sql<boolean>`EXISTS (SELECT 1 FROM held_manifests h WHERE h.artifact_id = manifests.artifact_id
  AND h.digest = manifests.digest AND h.hidden = 1)`
  .mapWith(Boolean)
  .as("hidden");

/** What serving a manifest takes. */
const storedManifest = {
  digest: manifests.digest,
  mediaType: manifests.mediaType,
  size: manifests.size,
  objectKey: manifests.objectKey,
  body: manifests.body,
};

/** The manifest of a digest, with its bytes when they are small. */
export function manifestByDigest(db: DrizzleD1Database, parts: RepositoryParts, digest: Digest) {
  return db
    .select({ ...storedManifest, hidden })
    .from(manifests)
    .where(and(eq(manifests.artifactId, artifactIdOf(parts)), eq(manifests.digest, digest)));
}

/** Key of the object that holds a manifest's bytes. */
export async function objectOfManifest(
  database: D1Database,
  parts: RepositoryParts,
  digest: Digest,
): Promise<string | undefined> {
  return (await manifestByDigest(drizzle(database), parts, digest))[0]?.objectKey;
}

/** Whether the content is a version already. */
export async function namesVersion(database: D1Database, repository: Repository, digest: Digest): Promise<boolean> {
  const rows = await drizzle(database)
    .select({ version: versions.version })
    .from(versions)
    .innerJoin(artifacts, eq(artifacts.id, versions.artifactId))
    .where(and(eq(artifacts.repository, repository), eq(versions.digest, digest), ne(versions.state, "unpublished")))
    .limit(1);
  return rows.length > 0;
}

/** The manifest that a tag names, or that a version will name once it is released: `hidden` then. */
export function manifestByTag(db: DrizzleD1Database, parts: RepositoryParts, tag: string) {
  const id = artifactIdOf(parts);
  const set = sql`SELECT digest AS named_digest, 0 AS waits FROM tags WHERE artifact_id = ${id} AND tag = ${tag}`;
  // By the index of states: of a version that does not wait nothing is read.
  const waiting = isVersion(tag)
    ? sql`UNION ALL SELECT digest, 1 FROM versions WHERE artifact_id = ${id} AND state = 'pending'
        AND precedence = ${precedenceOf(tag)} AND version = ${tag}`
    : sql``;
  return db
    .select({ ...storedManifest, hidden: sql<boolean>`named.waits`.mapWith(Boolean).as("hidden") })
    .from(sql`(${set} ${waiting}) named`)
    .innerJoin(manifests, and(eq(manifests.artifactId, id), sql`${manifests.digest} = named.named_digest`))
    .limit(1);
}

/** Tags after `last` in byte order. */
export function tagPage(db: DrizzleD1Database, parts: RepositoryParts, last: string | undefined, limit: number) {
  return db
    .select({ tag: tags.tag })
    .from(tags)
    .where(and(eq(tags.artifactId, artifactIdOf(parts)), last === undefined ? undefined : gt(tags.tag, last)))
    .orderBy(asc(tags.tag))
    .limit(limit);
}

/** Manifests whose subject is `subject`, after `last` in digest order, optionally of one artifact type. */
export function referrerPage(
  db: DrizzleD1Database,
  parts: RepositoryParts,
  subject: Digest,
  page: { artifactType: string | undefined; last: string | undefined; limit: number },
) {
  return db
    .select({
      digest: manifests.digest,
      mediaType: manifests.mediaType,
      artifactType: manifests.artifactType,
      size: manifests.size,
      annotations: manifests.annotations,
      hidden,
    })
    .from(manifests)
    .where(
      and(
        eq(manifests.artifactId, artifactIdOf(parts)),
        eq(manifests.subject, subject),
        page.artifactType === undefined ? undefined : eq(manifests.artifactType, page.artifactType),
        page.last === undefined ? undefined : gt(manifests.digest, page.last),
      ),
    )
    .orderBy(asc(manifests.digest))
    .limit(page.limit);
}

/** Everything that the artifact's own page shows, except labels. */
export function artifactQuery(db: DrizzleD1Database, parts: RepositoryParts) {
  const downloads = sql<number>`(SELECT coalesce(sum(total), 0) FROM download_totals WHERE artifact_id = ${artifacts.id})`;
  return db
    .select({ ...getTableColumns(artifacts), downloads: downloads.as("downloads"), publisher: shownPublisher })
    .from(artifacts)
    .where(eq(artifacts.repository, parts.repository));
}

/** All labels of an artifact: tags that are no version. */
export async function labelsOf(database: D1Database, artifactId: string) {
  return (
    drizzle(database)
      .select({ tag: tags.tag, digest: tags.digest, version: versions.version })
      .from(tags)
      .leftJoin(
        versions,
        and(
          eq(versions.artifactId, tags.artifactId),
          eq(versions.digest, tags.digest),
          ne(versions.state, "unpublished"),
        ),
      )
      // Written out: a bound value would not be recognised as the condition of the index of labels.
      .where(and(eq(tags.artifactId, artifactId), sql`label = 1`))
      .orderBy(asc(tags.tag))
  );
}

/** What a list of versions shows of each. */
const versionSummary = {
  version: versions.version,
  digest: versions.digest,
  size: versions.size,
  state: versions.state,
  deprecation: versions.deprecation,
  publishedAt: versions.publishedAt,
  publishedBy: versions.publishedBy,
  downloads: sql<number>`coalesce(${downloadTotals.total}, 0)`.as("downloads"),
};

/** Joins what `versionSummary` says about downloads. */
const downloadsOfVersion = and(
  eq(downloadTotals.artifactId, versions.artifactId),
  eq(downloadTotals.digest, versions.digest),
);

/** Versions that are offered, and those that wait, in no particular order: semantic order is the caller's business. */
export function versionsQuery(db: DrizzleD1Database, parts: RepositoryParts) {
  return db
    .select(versionSummary)
    .from(versions)
    .leftJoin(downloadTotals, downloadsOfVersion)
    .where(and(eq(versions.artifactId, artifactIdOf(parts)), inArray(versions.state, [...listed, "pending"])));
}

/** The two highest versions of every span, in every state in which versions are offered: one seek in the index each. */
export function topOfSpans(db: DrizzleD1Database, parts: RepositoryParts, spans: readonly PrecedenceSpan[]) {
  const wanted = JSON.stringify(listed.flatMap((state) => spans.map(({ from, to }) => ({ state, from, to }))));
  const nth = (offset: 0 | 1) => sql`(
    SELECT v.version FROM versions v
    WHERE v.artifact_id = a.id AND v.state = span.value ->> 'state'
      AND v.precedence BETWEEN span.value ->> 'from' AND span.value ->> 'to'
    ORDER BY v.precedence DESC LIMIT 1 OFFSET ${sql.raw(String(offset))})`;
  return db
    .select({
      state: sql<(typeof listed)[number]>`span.value ->> 'state'`.as("span_state"),
      first: sql<Version | null>`${nth(0)}`.as("span_first"),
      second: sql<Version | null>`${nth(1)}`.as("span_second"),
    })
    .from(sql`artifacts a, json_each(${wanted}) span`)
    .where(sql`a.repository = ${parts.repository}`);
}

/** One version with its manifests, whatever its state. */
export function versionQuery(db: DrizzleD1Database, parts: RepositoryParts, version: Version) {
  return db
    .select({
      ...versionSummary,
      manifest: versions.manifest,
      type: artifacts.type,
      publisher: shownPublisher,
      mediaType: manifests.mediaType,
      objectKey: manifests.objectKey,
      body: manifests.body,
    })
    .from(versions)
    .innerJoin(artifacts, eq(artifacts.id, versions.artifactId))
    .leftJoin(manifests, and(eq(manifests.artifactId, versions.artifactId), eq(manifests.digest, versions.digest)))
    .leftJoin(downloadTotals, downloadsOfVersion)
    .where(and(eq(versions.artifactId, artifactIdOf(parts)), eq(versions.version, version)));
}

/** What a label or digest resolves to: the manifest and, when it is a version, which. */
export function resolutionQuery(
  db: DrizzleD1Database,
  parts: RepositoryParts,
  wanted: { tag: string } | { digest: Digest },
) {
  const digest =
    "digest" in wanted
      ? sql`${wanted.digest}`
      : sql`(SELECT digest FROM tags WHERE artifact_id = ${artifactIdOf(parts)} AND tag = ${wanted.tag})`;
  return db
    .select({
      digest: manifests.digest,
      mediaType: manifests.mediaType,
      manifestSize: named<number>(manifests.size, "manifest_size"),
      pushedAt: manifests.pushedAt,
      hidden,
      type: artifacts.type,
      version: versions.version,
      size: versions.size,
      state: versions.state,
      deprecation: versions.deprecation,
      publishedAt: versions.publishedAt,
    })
    .from(manifests)
    .innerJoin(artifacts, eq(artifacts.id, manifests.artifactId))
    .leftJoin(
      versions,
      and(
        eq(versions.artifactId, manifests.artifactId),
        eq(versions.digest, manifests.digest),
        ne(versions.state, "unpublished"),
      ),
    )
    .where(and(eq(manifests.artifactId, artifactIdOf(parts)), eq(manifests.digest, digest)));
}

/** Content of a namespace, or of one artifact of it, that waits for somebody to release it, oldest first. */
export async function heldPage(
  database: D1Database,
  namespaceId: string,
  seen: SQL,
  page: { after: { heldAt: number; digest: string } | undefined; limit: number },
) {
  const { after, limit } = page;
  return drizzle(database)
    .select({ repository: artifacts.repository, held: heldManifests })
    .from(artifacts)
    .innerJoin(heldManifests, eq(heldManifests.artifactId, artifacts.id))
    .where(
      and(
        eq(artifacts.namespaceId, namespaceId),
        seen,
        after && sql`(${heldManifests.heldAt}, ${heldManifests.digest}) > (${after.heldAt}, ${after.digest})`,
      ),
    )
    .orderBy(asc(heldManifests.heldAt), asc(heldManifests.digest))
    .limit(limit);
}

/** What strangers may list, and more for members. */
const visibleTo = (seen: SQL) => or(and(eq(artifacts.visibility, "public"), eq(namespaces.visibility, "public")), seen);

/** Repositories that strangers may see or that are `seen` as a member, after `last` in byte order. */
export async function repositoryPage(
  database: D1Database,
  seen: SQL,
  last: string | undefined,
  limit: number,
): Promise<string[]> {
  const rows = await drizzle(database)
    .select({ repository: artifacts.repository })
    .from(artifacts)
    .innerJoin(namespaces, eq(namespaces.id, artifacts.namespaceId))
    .where(and(visibleTo(seen), last === undefined ? undefined : gt(artifacts.repository, last)))
    .orderBy(asc(artifacts.repository))
    .limit(limit);
  return rows.map((row) => row.repository);
}

/** An artifact whose every version was unpublished has nothing to offer and is listed nowhere. */
const offersSomething = sql`EXISTS (SELECT 1 FROM ${tags} WHERE ${tags.artifactId} = ${artifacts.id})`;

/**
 * Artifacts that strangers may see or that are `seen` as a member, most recently changed first, from before the cursor; of one namespace when its
 * handle is given.
 */
export async function newestArtifacts(
  database: D1Database,
  seen: SQL,
  page: { before: { updatedAt: number; id: string } | undefined; handle: Handle | undefined; limit: number },
) {
  const { before, handle, limit } = page;
  const older =
    before &&
    or(
      lt(artifacts.updatedAt, new Date(before.updatedAt)),
      and(eq(artifacts.updatedAt, new Date(before.updatedAt)), lt(artifacts.id, before.id)),
    );
  const rows = await drizzle(database)
    .select({ artifact: artifacts, publisher: shownPublisher })
    .from(artifacts)
    .innerJoin(namespaces, eq(namespaces.id, artifacts.namespaceId))
    .where(
      and(visibleTo(seen), offersSomething, older, handle === undefined ? undefined : eq(namespaces.handle, handle)),
    )
    .orderBy(desc(artifacts.updatedAt), desc(artifacts.id))
    .limit(limit);
  return rows.map(({ artifact, publisher }) => ({ ...artifact, publisher }));
}
