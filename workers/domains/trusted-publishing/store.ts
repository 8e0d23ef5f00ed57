import { and, asc, eq, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { artifacts, versions } from "../artifacts/tables.ts";
import { auditInsert, type AuditNote } from "../audit/index.ts";
import { users } from "../auth/tables.ts";
import type { RuleConditions } from "./rule.ts";
import { exchangedTokens, publisherRules, publishingPolicies } from "./tables.ts";

export interface StoredRule extends RuleConditions {
  readonly id: string;
  readonly issuer: string;
  readonly repository: Repository;
  /** Handle. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Nothing is published under this name yet. */
  readonly pending: boolean;
}

const ruleColumns = {
  id: publisherRules.id,
  issuer: publisherRules.issuer,
  provider: publisherRules.provider,
  source: publisherRules.source,
  conditions: publisherRules.conditions,
  pins: publisherRules.pins,
};

/** Rules of an artifact, oldest first. */
export async function rulesOf(database: D1Database, repository: Repository): Promise<StoredRule[]> {
  const rows = await drizzle(database)
    .select({
      ...ruleColumns,
      createdBy: users.handle,
      createdAt: publisherRules.createdAt,
      lastUsedAt: publisherRules.lastUsedAt,
      artifact: artifacts.id,
    })
    .from(publisherRules)
    .innerJoin(users, eq(users.id, publisherRules.createdBy))
    .leftJoin(artifacts, eq(artifacts.repository, publisherRules.repository))
    .where(eq(publisherRules.repository, repository))
    .orderBy(asc(publisherRules.createdAt), asc(publisherRules.id));
  return rows.map(({ artifact, ...rule }) => ({ ...rule, repository, pending: artifact === null }));
}

/** Rules for a repository or project at an issuer. */
export async function rulesOfSource(
  database: D1Database,
  issuer: string,
  source: string,
): Promise<(RuleConditions & { id: string; repository: Repository })[]> {
  const rows = await drizzle(database)
    .select({ ...ruleColumns, repository: publisherRules.repository })
    .from(publisherRules)
    .where(and(eq(publisherRules.issuer, issuer), eq(publisherRules.source, source)));
  return rows.map((row) => ({ ...row, repository: row.repository as Repository }));
}

export interface NewRule extends RuleConditions {
  readonly id: string;
  readonly issuer: string;
  readonly namespaceId: string;
  readonly repository: Repository;
  /** User id. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** Id of the namespace of a rule. */
export const namespaceOfRule = (id: string) => sql`(SELECT namespace_id FROM publisher_rules WHERE id = ${id})`;

const ruleExists = (id: string) => sql`EXISTS (SELECT 1 FROM publisher_rules WHERE id = ${id})`;

/** Returns false, and adds nothing, when the artifact has `limit` rules already. */
export async function addRule(database: D1Database, rule: NewRule, limit: number, audit: AuditNote): Promise<boolean> {
  const { id, namespaceId, repository, provider, issuer, source, conditions, pins, createdBy, createdAt } = rule;
  const db = drizzle(database);
  const [added] = await db.batch([
    db
      .insert(publisherRules)
      .select(
        sql`SELECT ${id}, ${namespaceId}, ${repository}, ${provider}, ${issuer}, ${source}, ${JSON.stringify(conditions)},
          ${pins && JSON.stringify(pins)}, ${createdBy}, ${createdAt.getTime()}, NULL
        WHERE (SELECT count(*) FROM publisher_rules WHERE repository = ${repository}) < ${limit}`,
      )
      .returning({ id: publisherRules.id }),
    auditInsert(db, audit, ruleExists(id)),
  ]);
  return added.length > 0;
}

/** Returns false when the artifact has no such rule. */
export async function deleteRule(
  database: D1Database,
  repository: Repository,
  id: string,
  audit: AuditNote,
): Promise<boolean> {
  const db = drizzle(database);
  const which = and(eq(publisherRules.repository, repository), eq(publisherRules.id, id));
  const [, removed] = await db.batch([
    auditInsert(db, audit, sql`EXISTS ${db.select({ id: publisherRules.id }).from(publisherRules).where(which)}`),
    db.delete(publisherRules).where(which).returning({ id: publisherRules.id }),
  ]);
  return removed.length > 0;
}

/**
 * Writes the ids of a rule's first use down, those that it lacks. Returns the rule's ids as they are now; undefined when
 * the rule is gone.
 */
export async function pinRule(
  database: D1Database,
  id: string,
  pins: Readonly<Record<string, string>>,
  now: number,
  audit: AuditNote,
): Promise<Record<string, string> | undefined> {
  const db = drizzle(database);
  const [rows] = await db.batch([
    db
      .update(publisherRules)
      .set({
        pins: sql`json_patch(${JSON.stringify(pins)}, coalesce(${publisherRules.pins}, '{}'))`,
        lastUsedAt: new Date(now),
      })
      .where(eq(publisherRules.id, id))
      .returning({ pins: publisherRules.pins }),
    auditInsert(db, audit, ruleExists(id)),
  ]);
  return rows[0] && (rows[0].pins ?? {});
}

/** Uses a token up. Returns false when it was used before. Forgets those that ended by themselves. */
export async function spendToken(
  database: D1Database,
  token: { issuer: string; id: string; expiresAt: Date },
  now: number,
): Promise<boolean> {
  const db = drizzle(database);
  const [, spent] = await db.batch([
    db.delete(exchangedTokens).where(lt(exchangedTokens.expiresAt, new Date(now))),
    db.insert(exchangedTokens).values(token).onConflictDoNothing().returning({ id: exchangedTokens.id }),
  ]);
  return spent.length > 0;
}

/** Whether an artifact takes versions from trusted publishers alone, and whether anything is published under its name. */
export async function standingOf(
  database: D1Database,
  repository: Repository,
): Promise<{ trustedOnly: boolean; pending: boolean }> {
  const db = drizzle(database);
  const [policies, known] = await db.batch([
    db
      .select({ repository: publishingPolicies.repository })
      .from(publishingPolicies)
      .where(eq(publishingPolicies.repository, repository)),
    db.select({ id: artifacts.id }).from(artifacts).where(eq(artifacts.repository, repository)),
  ]);
  return { trustedOnly: policies.length > 0, pending: known.length === 0 };
}

export async function setTrustedOnly(
  database: D1Database,
  policy: { repository: Repository; namespaceId: string; updatedBy: string; at: number },
  trustedOnly: boolean,
  audit: AuditNote,
): Promise<void> {
  const { repository, namespaceId, updatedBy, at } = policy;
  const db = drizzle(database);
  await db.batch([
    trustedOnly
      ? db
          .insert(publishingPolicies)
          .values({ repository, namespaceId, updatedBy, updatedAt: new Date(at) })
          .onConflictDoNothing()
      : db.delete(publishingPolicies).where(eq(publishingPolicies.repository, repository)),
    auditInsert(db, audit),
  ]);
}

/** What an artifact demands of its publishers, and whether content is one of its offered versions already. */
export async function demandOf(
  database: D1Database,
  repository: Repository,
  digest: Digest,
): Promise<{ trustedOnly: boolean; isVersion: boolean }> {
  const db = drizzle(database);
  const [policies, known] = await db.batch([
    db
      .select({ repository: publishingPolicies.repository })
      .from(publishingPolicies)
      .where(eq(publishingPolicies.repository, repository)),
    db
      .select({ version: versions.version })
      .from(versions)
      .innerJoin(artifacts, eq(artifacts.id, versions.artifactId))
      .where(
        and(eq(artifacts.repository, repository), eq(versions.digest, digest), sql`${versions.state} <> 'unpublished'`),
      )
      .limit(1),
  ]);
  return { trustedOnly: policies.length > 0, isVersion: known.length > 0 };
}
