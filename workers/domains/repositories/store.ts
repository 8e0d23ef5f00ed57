import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { isArtifactType, type ArtifactType } from "../../../core/artifact-types.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { type Actor, type Basis, keyStands, type RepositoryAction } from "../auth/index.ts";
import { assertMay, isPublic, type RepositoryAccess, type Role, type Visibility } from "../namespaces/index.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { named } from "../../storage/columns.ts";
import { artifacts } from "../artifacts/tables.ts";
import { publisherRules } from "../trusted-publishing/tables.ts";

/** A repository as one caller sees it. */
export interface RepositoryView extends RepositoryAccess {
  readonly namespaceId: string;
  /** Absent while nothing was pushed under this name yet. */
  readonly artifact: { readonly id: string; readonly type: ArtifactType } | undefined;
  /** True when strangers may read it: then caches may keep it. */
  readonly isPublic: boolean;
}

/** The basis of a token, which has to be looked at still: a key that is presented itself has just been looked up. */
function basisOf(actor: Actor): Basis | undefined {
  return actor.kind === "user" && actor.credential.kind !== "api-key" ? actor.basis : undefined;
}

/**
 * The caller's role: of their membership, or of the rule that lets a trusted publisher write; none once the key or rule
 * has ended that the token rests on. It is read with everything else, so tokens end at once with what they rest on.
 */
function roleOf(actor: Actor, { repository }: RepositoryParts, now: number) {
  const basis = basisOf(actor);
  if (basis === undefined) return named<Role | null>(members.role, "access_role");
  const role =
    basis.kind === "api-key"
      ? sql`CASE WHEN ${keyStands(basis, now)} THEN ${members.role} END`
      : sql`CASE WHEN EXISTS (SELECT 1 FROM ${publisherRules} WHERE ${publisherRules.repository} = ${repository}
          AND ${publisherRules.id} IN (SELECT value FROM json_each(${JSON.stringify(basis.ids)}))) THEN 'write' END`;
  return role.as("access_role") as SQL.Aliased<Role | null>;
}

/** True in SQL for the artifacts that the caller sees as a member: those that the credential reaches, while it stands. */
export function seenAsMember(actor: Actor, now: number): SQL {
  if (actor.kind === "anonymous") return sql`0`;
  const basis = basisOf(actor);
  return and(
    sql`EXISTS (SELECT 1 FROM ${members} WHERE ${members.namespaceId} = ${artifacts.namespaceId} AND ${members.userId} = ${actor.userId})`,
    actor.reach &&
      sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(actor.reach)}) part WHERE ${artifacts.repository} = part.value
        OR substr(${artifacts.repository}, 1, length(part.value) + 1) = part.value || '/')`,
    basis?.kind === "api-key" ? keyStands(basis, now) : undefined,
  ) as SQL;
}

function accessQuery(db: DrizzleD1Database, parts: RepositoryParts, { actor, now }: Pick<Context, "actor" | "now">) {
  const userId = actor.kind === "user" ? actor.userId : "";
  return db
    .select({
      namespaceId: named<string>(namespaces.id, "access_namespace"),
      namespaceVisibility: named<Visibility>(namespaces.visibility, "access_namespace_visibility"),
      artifactId: named<string | null>(artifacts.id, "access_artifact"),
      artifactType: named<string | null>(artifacts.type, "access_type"),
      artifactVisibility: named<Visibility | null>(artifacts.visibility, "access_visibility"),
      role: roleOf(actor, parts, now()),
    })
    .from(namespaces)
    .leftJoin(artifacts, eq(artifacts.repository, parts.repository))
    .leftJoin(members, and(eq(members.namespaceId, namespaces.id), eq(members.userId, userId)))
    .where(and(eq(namespaces.handle, parts.handle), eq(namespaces.kind, parts.kind)));
}

type AccessRow = Awaited<ReturnType<typeof accessQuery>>[number];

function toView(parts: RepositoryParts, row: AccessRow | undefined): RepositoryView | null {
  if (!row) return null;
  return {
    repository: parts.repository,
    namespaceId: row.namespaceId,
    namespaceVisibility: row.namespaceVisibility,
    artifactVisibility: row.artifactVisibility,
    role: row.role,
    artifact:
      row.artifactId && isArtifactType(row.artifactType) ? { id: row.artifactId, type: row.artifactType } : undefined,
    isPublic: isPublic(row),
  };
}

/** What the caller would be judged by, without judging: `null` when there is no such namespace. */
export async function viewRepository(ctx: Context, parts: RepositoryParts): Promise<RepositoryView | null> {
  const rows = await accessQuery(drizzle(ctx.db), parts, ctx);
  return toView(parts, rows[0]);
}

/** The repository, if the caller may do this to it. Errors: those of `assertMay`. */
export async function requireRepository(
  ctx: Context,
  parts: RepositoryParts,
  action: RepositoryAction,
): Promise<RepositoryView> {
  const view = await viewRepository(ctx, parts);
  assertMay(ctx.actor, parts.repository, view, action);
  return view as RepositoryView;
}

/**
 * Reads something of a repository and judges the caller in the same round trip; what was read is handed out only
 * after the judgement. Errors: those of `assertMay` for "pull".
 */
export async function readRepository<Q extends BatchItem<"sqlite">>(
  ctx: Context,
  parts: RepositoryParts,
  query: (db: DrizzleD1Database) => Q,
): Promise<{ repository: RepositoryView; rows: Q["_"]["result"] }> {
  const db = drizzle(ctx.db);
  const [access, rows] = await db.batch([accessQuery(db, parts, ctx), query(db)]);
  const view = toView(parts, access[0]);
  assertMay(ctx.actor, parts.repository, view, "pull");
  return { repository: view as RepositoryView, rows };
}

/** For queries that know an artifact by its repository. */
export const artifactIdOf = (parts: RepositoryParts) =>
  sql`(SELECT id FROM artifacts WHERE repository = ${parts.repository})`;
