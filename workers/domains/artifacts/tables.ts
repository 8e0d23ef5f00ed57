import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { namespaces } from "../namespaces/tables.ts";

/**
 * Everything in this file but the key columns is a projection of the namespace graphs' events. Nothing else
 * writes here than `projection.ts`.
 */

/** How far each namespace graph's events have been applied. */
export const projections = sqliteTable(
  "projections",
  {
    namespaceId: text("namespace_id")
      .primaryKey()
      .references(() => namespaces.id),
    /** NOT NULL on purpose: applying a batch out of turn sets it to NULL, which aborts the whole batch. */
    appliedSeq: integer("applied_seq").notNull(),
    /** While the projection is rebuilt: the event that it has to reach before its rows may be believed again. */
    rebuildTo: integer("rebuild_to"),
  },
  (table) => [
    index("projections_in_rebuild")
      .on(table.rebuildTo)
      .where(sql`rebuild_to IS NOT NULL`),
  ],
);

export const artifacts = sqliteTable(
  "artifacts",
  {
    id: text().primaryKey(),
    namespaceId: text("namespace_id")
      .notNull()
      .references(() => namespaces.id),
    name: text().notNull(),
    /** OCI repository, `users/<handle>/<name>`. */
    repository: text().notNull().unique(),
    type: text().notNull(),
    visibility: text({ enum: ["public", "private"] }).notNull(),
    description: text(),
    /** Highest stable version that is published. */
    latestVersion: text("latest_version"),
    versionCount: integer("version_count").notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    index("artifacts_by_update").on(table.updatedAt, table.id),
    index("artifacts_by_namespace").on(table.namespaceId),
  ],
);

/** Every manifest of an artifact: images, indexes, referrers. */
export const manifests = sqliteTable(
  "manifests",
  {
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifacts.id),
    digest: text().notNull(),
    mediaType: text("media_type").notNull(),
    /** As the referrers API reports it: `artifactType`, else the config's media type for images. */
    artifactType: text("artifact_type"),
    size: integer().notNull(),
    subject: text(),
    annotations: text({ mode: "json" }).$type<Record<string, string>>(),
    /** Object that holds the exact bytes. */
    objectKey: text("object_key").notNull(),
    /** The exact bytes again when they are small, so that a pull needs one round trip. */
    body: blob({ mode: "buffer" }),
    pushedAt: integer("pushed_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.artifactId, table.digest] }),
    index("manifests_by_subject").on(table.artifactId, table.subject, table.digest),
    index("manifests_by_object").on(table.objectKey),
  ],
);

/** What each manifest names: config, layers, child manifests. */
export const manifestReferences = sqliteTable(
  "manifest_references",
  {
    artifactId: text("artifact_id").notNull(),
    manifestDigest: text("manifest_digest").notNull(),
    digest: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.artifactId, table.manifestDigest, table.digest] }),
    index("manifest_references_by_digest").on(table.artifactId, table.digest),
  ],
);

/** Versions and labels by name. */
export const tags = sqliteTable(
  "tags",
  {
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifacts.id),
    tag: text().notNull(),
    digest: text().notNull(),
    /** Whether it is a label: a tag that is no version. */
    label: integer({ mode: "boolean" }).notNull().default(true),
    updatedAt: integer("updated_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.artifactId, table.tag] }),
    index("tags_by_digest").on(table.artifactId, table.digest),
    // An artifact has few labels and may have thousands of versions: its page must not read the tags of those.
    index("labels_by_artifact")
      .on(table.artifactId, table.tag)
      .where(sql`label = 1`),
  ],
);

export const versionStates = ["pending", "published", "deprecated", "yanked", "quarantined", "unpublished"] as const;
export type VersionState = (typeof versionStates)[number];

/** Every version that was ever published; an unpublished one keeps its row so that its number stays taken. */
export const versions = sqliteTable(
  "versions",
  {
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifacts.id),
    version: text().notNull(),
    /** Text whose byte order is the order of versions (`precedenceOf`), so that a range is found from its upper end. */
    precedence: text().notNull().default(""),
    digest: text().notNull(),
    state: text({ enum: versionStates }).notNull(),
    /** Message of the publisher when deprecated. */
    deprecation: text(),
    /** Bytes of config and layers together. */
    size: integer().notNull(),
    /** Normalised Gati manifest. */
    manifest: text({ mode: "json" }).notNull(),
    publishedAt: integer("published_at", { mode: "timestamp_ms" }).notNull(),
    publishedBy: text("published_by").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.artifactId, table.version] }),
    index("versions_by_digest").on(table.artifactId, table.digest),
    index("versions_by_precedence").on(table.artifactId, table.state, table.precedence),
  ],
);

/**
 * Manifests that outsiders do not see yet: new content that waits until somebody releases it. What would show them asks
 * here; almost always there is nothing to find.
 */
export const heldManifests = sqliteTable(
  "held_manifests",
  {
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifacts.id),
    digest: text().notNull(),
    /** Version and labels that it gets when it is released. */
    tags: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    /** Why it waits. */
    reasons: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    /** User ids of everybody who pushed it, and the handle of who did so first. */
    users: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    heldBy: text("held_by").notNull(),
    heldAt: integer("held_at", { mode: "timestamp_ms" }).notNull(),
    /** False when outsiders see the content already, under other names. */
    hidden: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.artifactId, table.digest] })],
);

/** Names that artifacts had before: they lead to the artifact for ever and are never given to another one. */
export const formerNames = sqliteTable(
  "former_names",
  {
    /** OCI repository, `users/<handle>/<former name>`. */
    repository: text().primaryKey(),
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifacts.id),
    name: text().notNull(),
  },
  (table) => [index("former_names_by_artifact").on(table.artifactId)],
);
