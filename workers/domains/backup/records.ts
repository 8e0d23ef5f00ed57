import { z } from "zod";
import { and, type Column, eq, getTableColumns, getTableName, is, ne, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { getTableConfig, type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import * as everything from "../../tables.ts";
import { downloadDays, downloadTotals } from "../analytics/tables.ts";
import { apiKeys, users } from "../auth/tables.ts";
import { blobLinks } from "../blobs/tables.ts";
import { directoryGroupMembers, directoryGroups } from "../directory-groups/tables.ts";
import { directoryUsers } from "../directory-users/tables.ts";
import { members, namespaces } from "../namespaces/tables.ts";
import { allowedNames } from "../names/tables.ts";
import { orgPolicies } from "../org-policies/tables.ts";
import { retentionPolicies } from "../retention/tables.ts";
import { factorLevels, passkeys, recoveryCodes, stepUpRules, totpSecrets } from "../second-factor/tables.ts";
import { identities } from "../sign-in/tables.ts";
import { scimTokens, ssoProviders } from "../sso/tables.ts";
import { teamGrants, teamMembers, teams } from "../teams/tables.ts";
import { publisherRules, publishingPolicies } from "../trusted-publishing/tables.ts";
import { verifications } from "../verification/tables.ts";

interface RecordTable {
  readonly table: SQLiteTable;
  /** What a row is known and sorted by; all of it text. */
  readonly key: readonly SQLiteColumn[];
}

/**
 * What only D1 knows, by the name that it has in a backup, in an order in which it can be put back: what a row names comes
 * before it. Rows travel with all their columns, so a new column is in the next backup without anybody thinking of it.
 */
const recordTables = {
  users: { table: users, key: [users.id] },
  namespaces: { table: namespaces, key: [namespaces.id] },
  members: { table: members, key: [members.namespaceId, members.userId] },
  teams: { table: teams, key: [teams.id] },
  "team-members": { table: teamMembers, key: [teamMembers.namespaceId, teamMembers.userId, teamMembers.teamId] },
  "team-grants": { table: teamGrants, key: [teamGrants.teamId, teamGrants.artifact] },
  "org-policies": { table: orgPolicies, key: [orgPolicies.namespaceId] },
  identities: { table: identities, key: [identities.issuer, identities.subject] },
  "sso-providers": { table: ssoProviders, key: [ssoProviders.namespaceId] },
  "scim-tokens": { table: scimTokens, key: [scimTokens.id] },
  "directory-users": { table: directoryUsers, key: [directoryUsers.id] },
  "directory-groups": { table: directoryGroups, key: [directoryGroups.teamId] },
  "directory-group-members": {
    table: directoryGroupMembers,
    key: [directoryGroupMembers.teamId, directoryGroupMembers.personId],
  },
  "api-keys": { table: apiKeys, key: [apiKeys.id] },
  // Without them a restored account would open by its password alone.
  "totp-secrets": { table: totpSecrets, key: [totpSecrets.userId] },
  passkeys: { table: passkeys, key: [passkeys.id] },
  "recovery-codes": { table: recoveryCodes, key: [recoveryCodes.userId, recoveryCodes.hash] },
  "factor-levels": { table: factorLevels, key: [factorLevels.userId] },
  "step-up-rules": { table: stepUpRules, key: [stepUpRules.namespaceId, stepUpRules.artifact] },
  "retention-policies": { table: retentionPolicies, key: [retentionPolicies.namespaceId, retentionPolicies.artifact] },
  "publisher-rules": { table: publisherRules, key: [publisherRules.id] },
  "publishing-policies": { table: publishingPolicies, key: [publishingPolicies.repository] },
  // Their proofs are looked for again soon after.
  verifications: { table: verifications, key: [verifications.id] },
  "allowed-names": { table: allowedNames, key: [allowedNames.name] },
  links: { table: blobLinks, key: [blobLinks.repository, blobLinks.digest] },
  "download-totals": { table: downloadTotals, key: [downloadTotals.artifactId, downloadTotals.digest] },
  "download-days": { table: downloadDays, key: [downloadDays.artifactId, downloadDays.day, downloadDays.digest] },
} as const satisfies Record<string, RecordTable>;

export type RecordKind = keyof typeof recordTables;
export const recordKinds = Object.keys(recordTables) as [RecordKind, ...RecordKind[]];

/** Tables that a backup holds in other ways, or not at all because they say nothing that lasts. */
export const otherTables: Readonly<Record<string, string>> = {
  artifacts: "projected from the logs of the namespaces",
  manifests: "projected from the logs of the namespaces",
  manifest_references: "projected from the logs of the namespaces",
  tags: "projected from the logs of the namespaces",
  versions: "projected from the logs of the namespaces",
  projections: "counts what was projected here",
  blobs: "says where bytes are here; the bytes are in the backup",
  gc_candidates: "listed anew when an import is over",
  gc_objects: "names objects of this registry",
  whole_uploads: "names objects of this registry",
  imports: "speaks of this registry",
  audit_outbox: "is sealed into the audit logs first",
  sessions: "people sign in anew",
  factor_challenges: "are good for minutes",
  step_up_tokens: "are good for minutes",
  sign_in_attempts: "are good for minutes",
  proved_identities: "are good for minutes",
  device_requests: "are good for minutes",
  spent_refresh_tokens: "belong to sessions",
  held_manifests: "projected from the logs of the namespaces",
  former_names: "projected from the logs of the namespaces",
  handle_skeletons: "computed from the handles by the schedule",
  popular_names: "computed from the downloads by the schedule",
  invitations: "are sent anew",
  mail_tokens: "are asked for anew",
  outbox: "mails belong to the registry that sends them",
  download_batches: "remembers for a while which messages were counted here",
  retention_runs: "the next round begins anew",
  exchanged_tokens: "are good for minutes, and for the registry that took them",
};

/** Names of the tables whose rows are records. */
export const recordTableNames = Object.values(recordTables).map(({ table }) => getTableName(table));

export type BackupRecord = Readonly<Record<string, unknown>>;

const allTables: readonly SQLiteTable[] = Object.values(everything).filter((value) => is(value, SQLiteTable));
const nameOf = (table: SQLiteTable, column: SQLiteColumn) =>
  Object.entries(getTableColumns(table)).find(([, one]) => one === column)?.[0] ?? column.name;

/** Columns of a table that name a row of another one by its only key. */
function referencesOf(table: SQLiteTable): { column: SQLiteColumn; target: SQLiteTable }[] {
  return getTableConfig(table).foreignKeys.flatMap((key) => {
    const { columns, foreignTable } = key.reference();
    return columns[0] ? [{ column: columns[0], target: foreignTable }] : [];
  });
}

/** The kinds of records, and which of their fields name the `id` of another kind's record. */
export function recordKindsWithReferences(): { kind: RecordKind; references: Record<string, RecordKind> }[] {
  return recordKinds.map((kind) => {
    const { table } = recordTables[kind];
    const references = referencesOf(table).flatMap(({ column, target }) => {
      const named = recordKinds.find((one) => recordTables[one].table === target);
      return named ? [[nameOf(table, column), named] as const] : [];
    });
    return { kind, references: Object.fromEntries(references) };
  });
}

/** Rows after the key `after`, in key order. */
export async function recordPage(
  database: D1Database,
  kind: RecordKind,
  after: readonly string[] | undefined,
  limit: number,
): Promise<{ records: BackupRecord[]; last: string[] | undefined }> {
  const { table, key }: RecordTable = recordTables[kind];
  const list = (items: readonly unknown[]) =>
    sql.join(
      [...items].map((item) => sql`${item}`),
      sql`, `,
    );
  const records: BackupRecord[] = await drizzle(database)
    .select()
    .from(table)
    .where(after && sql`(${list(key)}) > (${list(after)})`)
    .orderBy(...key)
    .limit(limit);
  const last = records.at(-1);
  const names = key.map((column) => nameOf(table, column));
  return { records, last: last && names.map((name) => String(last[name])) };
}

function columnSchema(column: Column): z.ZodType {
  const { enumValues } = column;
  const plain = {
    string: enumValues?.length ? z.enum(enumValues as [string, ...string[]]) : z.string(),
    number: z.int(),
    boolean: z.boolean(),
    date: z.iso.datetime().transform((text) => new Date(text)),
    json: z.json(),
  }[column.dataType as "string" | "number" | "boolean" | "date" | "json"];
  const value = column.notNull ? plain : plain.nullable();
  // A column that a newer registry added is not in an older backup.
  return column.hasDefault || !column.notNull ? value.optional() : value;
}

/** What a record of this kind must look like; a field that this registry does not know is refused, not lost. */
export function recordSchema(kind: RecordKind): z.ZodType<Record<string, unknown>> {
  const columns = Object.entries(getTableColumns(recordTables[kind].table));
  return z.strictObject(Object.fromEntries(columns.map(([name, column]) => [name, columnSchema(column)])));
}

/** D1 binds at most this many parameters in one statement. */
const maxParameters = 100;

/**
 * Puts rows back; those that are here already stay as they are. In one batch, all or nothing. The account `operator`,
 * which runs the import, gives way to the one of the backup that has its handle, together with its namespace.
 * Fails with a UNIQUE constraint when somebody else has a handle, with a FOREIGN KEY constraint when something that a
 * row names is not here.
 */
export async function insertRecords(
  database: D1Database,
  kind: RecordKind,
  rows: readonly BackupRecord[],
  operator: string,
): Promise<void> {
  const db = drizzle(database);
  const { table, key }: RecordTable = recordTables[kind];
  const perStatement = Math.floor(maxParameters / Object.keys(getTableColumns(table)).length);
  const statements: BatchItem<"sqlite">[] = [];
  for (let at = 0; at < rows.length; at += perStatement) {
    statements.push(
      db
        .insert(table)
        .values(rows.slice(at, at + perStatement) as never[])
        .onConflictDoNothing({ target: [...key] }),
    );
  }
  const own = rows.find((row) => row["handle"] === operator);
  const gap =
    own && (kind === "users" || kind === "namespaces") ? givingWay(db, kind, String(own["id"]), operator) : noGap;
  const [first, ...rest] = [...gap.before, ...statements, ...gap.after];
  if (first) await db.batch([first, ...rest]);
}

interface Gap {
  readonly before: readonly BatchItem<"sqlite">[];
  readonly after: readonly BatchItem<"sqlite">[];
}
const noGap: Gap = { before: [], after: [] };

/** No handle holds an exclamation mark: the row that gives way lets go of its own before the other one takes it. */
function givingWay(db: DrizzleD1Database, kind: "users" | "namespaces", id: string, handle: string): Gap {
  const table = kind === "users" ? users : namespaces;
  const parked = `!${handle}`;
  const other = sql`(SELECT id FROM ${table} WHERE handle = ${parked})`;
  const before = [
    db
      .update(table)
      .set({ handle: parked })
      .where(and(eq(table.handle, handle), ne(table.id, id))),
  ];
  const naming = allTables.flatMap((one) =>
    referencesOf(one)
      .filter(({ target }) => target === table)
      .map(({ column }) => ({ table: one, column, name: nameOf(one, column) })),
  );
  // What is the account's own goes on under the other id; what an empty namespace has comes out of the backup.
  const after = naming.map((one) => {
    const which = sql`${one.column} = ${other}`;
    return kind === "users"
      ? db
          .update(one.table)
          .set({ [one.name]: id })
          .where(which)
      : db.delete(one.table).where(which);
  });
  return { before, after: [...after, db.delete(table).where(eq(table.handle, parked))] };
}
