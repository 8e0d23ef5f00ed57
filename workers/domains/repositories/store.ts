import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { isArtifactType, type ArtifactType } from "../../../core/artifact-types.ts";
import type { Repository, RepositoryParts } from "../../../core/identifiers.ts";
import type { OrgPolicy } from "../../../core/org-policies/policy.ts";
import type { Context } from "../../context.ts";
import { type Actor, type Basis, keyStands, type RepositoryAction } from "../auth/index.ts";
import {
  assertMay,
  factorWhereAsked,
  heldRank,
  isPublic,
  readsAsMember,
  type RepositoryAccess,
  roleOfRank,
  standingOf,
  unknownName,
  unmetDemands,
  type Visibility,
} from "../namespaces/index.ts";
import { namespaces } from "../namespaces/tables.ts";
import { orgPolicies } from "../org-policies/tables.ts";
import { named } from "../../storage/columns.ts";
import { artifacts, formerNames } from "../artifacts/tables.ts";
import { formerName } from "./former-name.ts";
import { publisherRules } from "../trusted-publishing/tables.ts";

/** A repository as one caller sees it. */
export interface RepositoryView extends RepositoryAccess {
  readonly namespaceId: string;
  /** What the organisation demands; null when nothing, and for strangers, whom it does not concern. */
  readonly policy: OrgPolicy | null;
  /** Absent while nothing was pushed under this name yet. */
  readonly artifact: { readonly id: string; readonly type: ArtifactType } | undefined;
  /** True when strangers may read it: then caches may keep it. */
  readonly isPublic: boolean;
  /** True when the caller reads it as a member does: also what waits to be released. */
  readonly insider: boolean;
}

/** The basis of a token, which has to be looked at still: a key that is presented itself has just been looked up. */
function basisOf(actor: Actor): Basis | undefined {
  return actor.kind === "user" && actor.credential.kind !== "api-key" ? actor.basis : undefined;
}

/**
 * The caller's role, as a rank: what they hold (`heldRank`), or write by the rule that lets a trusted publisher; none once
 * the key or rule has ended that the token rests on. It is read with everything else, so tokens end at once with what
 * they rest on.
 */
function rankOf(actor: Actor, { repository, name }: RepositoryParts, now: number): SQL<number> {
  if (actor.kind === "anonymous") return sql<number>`0`;
  const held = heldRank(actor.userId, name);
  const basis = basisOf(actor);
  if (basis === undefined) return held;
  if (basis.kind === "api-key") return sql<number>`CASE WHEN ${keyStands(basis, now)} THEN ${held} ELSE 0 END`;
  return sql<number>`CASE WHEN EXISTS (SELECT 1 FROM ${publisherRules} WHERE ${publisherRules.repository} = ${repository}
    AND ${publisherRules.id} IN (SELECT value FROM json_each(${JSON.stringify(basis.ids)}))) THEN 2 ELSE 0 END`;
}

/**
 * True in SQL for the artifacts that the caller sees as a member or by a team: those that the credential reaches, while
 * it stands, and not in organisations whose demands the caller does not meet.
 */
export async function seenAsMember(ctx: Context, actor: Actor = ctx.actor): Promise<SQL> {
  if (actor.kind === "anonymous") return sql`0`;
  const basis = basisOf(actor);
  const withheld = await withholdingNamespaces(ctx, actor.userId);
  return and(
    sql`(EXISTS (SELECT 1 FROM members WHERE namespace_id = ${artifacts.namespaceId} AND user_id = ${actor.userId})
      OR EXISTS (SELECT 1 FROM team_members tm JOIN team_grants g ON g.team_id = tm.team_id
        WHERE tm.namespace_id = ${artifacts.namespaceId} AND tm.user_id = ${actor.userId} AND g.artifact IN ('', ${artifacts.name})))`,
    withheld.length > 0
      ? sql`${artifacts.namespaceId} NOT IN (SELECT value FROM json_each(${JSON.stringify(withheld)}))`
      : undefined,
    actor.reach &&
      sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(actor.reach)}) part WHERE ${artifacts.repository} = part.value
        OR substr(${artifacts.repository}, 1, length(part.value) + 1) = part.value || '/')`,
    basis?.kind === "api-key" ? keyStands(basis, ctx.now()) : undefined,
  ) as SQL;
}

/** Organisations that the user belongs to and whose demands are not met by this request. */
async function withholdingNamespaces(ctx: Context, userId: string): Promise<string[]> {
  const rows = await drizzle(ctx.db)
    .select({
      id: orgPolicies.namespaceId,
      policy: orgPolicies.policy,
      hasFactor: factorWhereAsked(userId).mapWith(Boolean).as("has_factor"),
    })
    .from(orgPolicies)
    .where(
      sql`${orgPolicies.namespaceId} IN (SELECT namespace_id FROM members WHERE user_id = ${userId}
        UNION SELECT namespace_id FROM team_members WHERE user_id = ${userId})`,
    );
  return rows.filter(({ policy, hasFactor }) => unmetDemands(ctx, policy, hasFactor).length > 0).map(({ id }) => id);
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
      rank: rankOf(actor, parts, now()).as("access_rank"),
      policy: named<OrgPolicy | null>(orgPolicies.policy, "access_policy"),
      hasFactor: factorWhereAsked(userId).mapWith(Boolean).as("access_factor"),
    })
    .from(namespaces)
    .leftJoin(artifacts, eq(artifacts.repository, parts.repository))
    .leftJoin(
      orgPolicies,
      // Strangers hold no role, so no policy concerns them.
      actor.kind === "anonymous" ? sql`0` : eq(orgPolicies.namespaceId, namespaces.id),
    )
    .where(and(eq(namespaces.handle, parts.handle), eq(namespaces.kind, parts.kind)));
}

type AccessRow = Awaited<ReturnType<typeof accessQuery>>[number];

function toView(ctx: Context, parts: RepositoryParts, row: AccessRow | undefined): RepositoryView | null {
  if (!row) return null;
  const { policy, hasFactor } = row;
  const access = {
    repository: parts.repository,
    namespaceVisibility: row.namespaceVisibility,
    artifactVisibility: row.artifactVisibility,
    ...standingOf(ctx, { role: roleOfRank(row.rank), policy, hasFactor }),
  };
  return {
    ...access,
    namespaceId: row.namespaceId,
    policy,
    insider: readsAsMember(ctx.actor, access),
    artifact:
      row.artifactId && isArtifactType(row.artifactType) ? { id: row.artifactId, type: row.artifactType } : undefined,
    isPublic: isPublic(row),
  };
}

/** What the caller would be judged by, without judging: `null` when there is no such namespace. */
export async function viewRepository(ctx: Context, parts: RepositoryParts): Promise<RepositoryView | null> {
  const rows = await accessQuery(drizzle(ctx.db), parts, ctx);
  return toView(ctx, parts, rows[0]);
}

/** What an artifact is called now that had this name before; undefined when none had. */
export async function nameAfter(database: D1Database, repository: Repository): Promise<Repository | undefined> {
  const rows = await drizzle(database)
    .select({ repository: artifacts.repository })
    .from(formerNames)
    .innerJoin(artifacts, eq(artifacts.id, formerNames.artifactId))
    .where(eq(formerNames.repository, repository));
  return rows[0]?.repository as Repository | undefined;
}

/** Members work with names that nothing has yet. Under one that an artifact had, reads are sent on and changes refused. */
async function assertNoFormerName(ctx: Context, { repository }: RepositoryParts, action: RepositoryAction) {
  const now = await nameAfter(ctx.db, repository);
  if (now !== undefined) throw action === "pull" ? unknownName(repository) : formerName(repository, now);
}

/**
 * The repository, if the caller may do this to it. Errors: those of `assertMay`, `name_taken` for a change under a name
 * that an artifact had before.
 */
export async function requireRepository(
  ctx: Context,
  parts: RepositoryParts,
  action: RepositoryAction,
): Promise<RepositoryView> {
  const view = await viewRepository(ctx, parts);
  assertMay(ctx.actor, parts.repository, view, action);
  if (action !== "pull" && !view.artifact) await assertNoFormerName(ctx, parts, action);
  return view as RepositoryView;
}

/**
 * Reads something of a repository and judges the caller in the same round trip; what was read is handed out only
 * after the judgement. Errors: those of `assertMay` for the action.
 */
export async function readRepository<Q extends BatchItem<"sqlite">>(
  ctx: Context,
  parts: RepositoryParts,
  query: (db: DrizzleD1Database) => Q,
  action: RepositoryAction = "pull",
): Promise<{ repository: RepositoryView; rows: Q["_"]["result"] }> {
  const db = drizzle(ctx.db);
  const [access, rows] = await db.batch([accessQuery(db, parts, ctx), query(db)]);
  const view = toView(ctx, parts, access[0]);
  assertMay(ctx.actor, parts.repository, view, action);
  if (!view.artifact) await assertNoFormerName(ctx, parts, action);
  return { repository: view as RepositoryView, rows };
}

/** For queries that know an artifact by its repository. */
export const artifactIdOf = (parts: RepositoryParts) =>
  sql`(SELECT id FROM artifacts WHERE repository = ${parts.repository})`;
