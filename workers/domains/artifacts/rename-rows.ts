import { and, eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { Repository } from "../../../core/identifiers.ts";
import { skeleton } from "../../../core/names/skeleton.ts";
import type { Change } from "../../objects/namespace-graph/events.ts";
import { apiKeys } from "../auth/tables.ts";
import { blobLinks, gcCandidates } from "../blobs/tables.ts";
import { popularNames } from "../names/tables.ts";
import { retentionPolicies } from "../retention/tables.ts";
import { stepUpRules } from "../second-factor/tables.ts";
import { teamGrants } from "../teams/tables.ts";
import { publisherRules, publishingPolicies } from "../trusted-publishing/tables.ts";
import { artifacts, formerNames } from "./tables.ts";

type Rename = Extract<Change, { type: "artifact.rename" }>;

/**
 * What follows an artifact to its new name: its row, the blobs that it may serve, and everything that was decided about it
 * by name. Applied again it finds nothing under the old name, so a rebuilt projection undoes nothing. What was prepared for
 * the new name stays; where only one of the two can stand, that one does.
 */
export function renameStatements(
  db: DrizzleD1Database,
  namespaceId: string,
  { artifactId, from, formerRepository, name }: Rename,
): BatchItem<"sqlite">[] {
  const repository = `${formerRepository.slice(0, formerRepository.lastIndexOf("/"))}/${name}` as Repository;
  return [
    db.insert(formerNames).values({ repository: formerRepository, artifactId, name: from }).onConflictDoNothing(),
    db.update(artifacts).set({ name, repository }).where(eq(artifacts.id, artifactId)),
    ...byRepository(db, formerRepository, repository),
    ...byName(db, namespaceId, from, name),
    db
      .update(popularNames)
      .set({ name, length: name.length, skeleton: skeleton(name) })
      .where(eq(popularNames.artifactId, artifactId)),
  ];
}

function byRepository(db: DrizzleD1Database, old: Repository, repository: Repository): BatchItem<"sqlite">[] {
  const ofOld = { links: eq(blobLinks.repository, old), candidates: eq(gcCandidates.repository, old) };
  const policy = eq(publishingPolicies.repository, old);
  return [
    db
      .update(blobLinks)
      .set({ repository })
      .where(and(ofOld.links, sql`digest NOT IN (SELECT digest FROM blob_links WHERE repository = ${repository})`)),
    db.delete(blobLinks).where(ofOld.links),
    db
      .update(gcCandidates)
      .set({ repository })
      .where(
        and(ofOld.candidates, sql`digest NOT IN (SELECT digest FROM gc_candidates WHERE repository = ${repository})`),
      ),
    db.delete(gcCandidates).where(ofOld.candidates),
    db.update(publisherRules).set({ repository }).where(eq(publisherRules.repository, old)),
    db
      .update(publishingPolicies)
      .set({ repository })
      .where(and(policy, sql`NOT EXISTS (SELECT 1 FROM publishing_policies WHERE repository = ${repository})`)),
    db.delete(publishingPolicies).where(policy),
    // A key that was narrowed to the artifact goes on reaching that and nothing else.
    db
      .update(apiKeys)
      .set({
        reach: sql`(SELECT json_group_array(CASE value WHEN ${old} THEN ${repository} ELSE value END) FROM json_each(reach))`,
      })
      .where(sql`EXISTS (SELECT 1 FROM json_each(reach) WHERE value = ${old})`),
  ];
}

function byName(db: DrizzleD1Database, namespaceId: string, from: string, artifact: string): BatchItem<"sqlite">[] {
  const rule = and(eq(stepUpRules.namespaceId, namespaceId), eq(stepUpRules.artifact, from));
  const policy = and(eq(retentionPolicies.namespaceId, namespaceId), eq(retentionPolicies.artifact, from));
  const grant = and(
    eq(teamGrants.artifact, from),
    sql`team_id IN (SELECT id FROM teams WHERE namespace_id = ${namespaceId})`,
  );
  return [
    db
      .update(stepUpRules)
      .set({ artifact })
      .where(
        and(
          rule,
          sql`NOT EXISTS (SELECT 1 FROM step_up_rules WHERE namespace_id = ${namespaceId} AND artifact = ${artifact})`,
        ),
      ),
    db.delete(stepUpRules).where(rule),
    db
      .update(retentionPolicies)
      .set({ artifact })
      .where(
        and(
          policy,
          sql`NOT EXISTS (SELECT 1 FROM retention_policies WHERE namespace_id = ${namespaceId} AND artifact = ${artifact})`,
        ),
      ),
    db.delete(retentionPolicies).where(policy),
    db
      .update(teamGrants)
      .set({ artifact })
      .where(and(grant, sql`team_id NOT IN (SELECT team_id FROM team_grants WHERE artifact = ${artifact})`)),
    db.delete(teamGrants).where(grant),
  ];
}
