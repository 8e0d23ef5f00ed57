import { z } from "zod";
import type { PatchOperation } from "../../../core/scim/patch.ts";
import type { GroupWithMembers } from "../../domains/directory-groups/index.ts";
import { faulty } from "./errors.ts";

export const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";

const displayName = z.string().trim().min(1).max(255);
const membersSchema = z.array(z.looseObject({ value: z.string().min(1).max(100) })).max(10_000);
const resourceSchema = z.object({
  displayName,
  externalId: z.string().max(255).nullish(),
  members: membersSchema.nullish(),
});

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw faulty("invalidValue", `${what}: ${parsed.error.issues[0]?.message}`);
}

const idsOf = (value: unknown) =>
  checked(membersSchema, Array.isArray(value) ? value : [value], "members").map((one) => one.value);

/** A whole group. */
export function groupOf(body: unknown): { displayName: string; externalId: string | null; members: string[] } {
  const given = checked(resourceSchema, body, "The group");
  const { externalId = null, members = [] } = given;
  return {
    displayName: given.displayName,
    externalId: externalId || null,
    members: (members ?? []).map((one) => one.value),
  };
}

/** What a PATCH makes of a group: everything that it says, in its order. */
export interface GroupChanges {
  displayName?: string;
  externalId?: string | null;
  /** Who is in it afterwards; undefined when nobody comes or goes. */
  members?: Set<string>;
}

function membersAfter(now: ReadonlySet<string>, { op, path, value }: PatchOperation): Set<string> {
  if (path.where.length > 0) {
    const [one] = path.where;
    const isId = path.where.length === 1 && one?.attribute === "value" && typeof one.value === "string";
    if (op !== "remove" || !isId) throw faulty("invalidPath", 'Only remove takes members[value eq "…"].');
    return new Set([...now].filter((id) => id !== one.value));
  }
  if (op === "add") return new Set([...now, ...idsOf(value)]);
  if (op === "replace") return new Set(value === null || value === undefined ? [] : idsOf(value));
  // Entra ID names those who go in the value; without one everybody goes.
  const gone = value === undefined || value === null ? now : new Set(idsOf(value));
  return new Set([...now].filter((id) => !gone.has(id)));
}

/** The changes of a PATCH. `id` may be repeated, as Okta does, but not changed. */
export function changesOf(group: GroupWithMembers, operations: readonly PatchOperation[]): GroupChanges {
  const changes: GroupChanges = {};
  for (const operation of operations) {
    const { op, path, value } = operation;
    if (path.attribute === "members" || path.attribute === "members.value") {
      changes.members = membersAfter(changes.members ?? new Set(group.members.map(({ id }) => id)), operation);
    } else if (path.attribute === "displayname" && op !== "remove") {
      changes.displayName = checked(displayName, value, "displayName");
    } else if (path.attribute === "externalid") {
      changes.externalId = op === "remove" ? null : checked(z.string().max(255), value, "externalId") || null;
    } else if (
      path.attribute === "id" ? value !== group.id : path.attribute === "meta" || path.attribute === "displayname"
    ) {
      throw faulty("mutability", `${path.attribute} cannot be changed so.`);
    }
  }
  return changes;
}

export function groupResource(group: GroupWithMembers, base: string, withMembers = true) {
  const { id, displayName: name, externalId, members } = group;
  return {
    schemas: [groupSchema],
    id,
    ...(externalId === null ? {} : { externalId }),
    displayName: name,
    ...(withMembers
      ? {
          members: members.map((one) => ({
            value: one.id,
            display: one.userName,
            type: "User",
            $ref: `${base}/Users/${one.id}`,
          })),
        }
      : {}),
    meta: {
      resourceType: "Group",
      created: group.createdAt.toISOString(),
      lastModified: group.updatedAt.toISOString(),
      location: `${base}/Groups/${id}`,
    },
  };
}
