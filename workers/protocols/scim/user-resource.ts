import { z } from "zod";
import { asSwitch, type PatchOperation } from "../../../core/scim/patch.ts";
import type { Person, PersonAttributes } from "../../domains/directory-users/index.ts";
import { faulty } from "./errors.ts";

export const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";

const text = z.string().max(255).nullish();
const emailsSchema = z
  .array(z.looseObject({ value: z.string().max(320).nullish(), primary: z.unknown().optional() }))
  .max(50)
  .nullish();
/** What is kept of a user. Everything else that a directory sends is left aside, as RFC 7644 (3.3) allows. */
const resourceSchema = z.object({
  userName: z.string().trim().min(1).max(255),
  externalId: text,
  displayName: text,
  name: z.looseObject({ givenName: text, familyName: text, formatted: text }).nullish(),
  emails: emailsSchema,
  active: z.unknown().optional(),
});

const kept = (value: string | null | undefined) => (value === undefined || value === "" ? null : value);

/** The one address that is kept: the primary one, else the first. */
function addressOf(emails: z.infer<typeof emailsSchema>): string | null {
  const primary = emails?.find((one) => asSwitch(one.primary) === true) ?? emails?.[0];
  return kept(primary?.value);
}

function switchOf(value: unknown, fallback: boolean): boolean {
  if (value === undefined || value === null) return fallback;
  const found = asSwitch(value);
  if (found === undefined) throw faulty("invalidValue", "active is true or false.");
  return found;
}

/** The attributes of a whole resource; `active` stays as it is where the resource does not say. */
export function attributesOf(body: unknown, active = true): PersonAttributes {
  const parsed = resourceSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw faulty("invalidValue", `${issue?.path.join(".") || "The resource"}: ${issue?.message}`);
  }
  const { userName, externalId, displayName, name, emails } = parsed.data;
  return {
    userName,
    externalId: kept(externalId),
    displayName: kept(displayName) ?? kept(name?.formatted),
    givenName: kept(name?.givenName),
    familyName: kept(name?.familyName),
    email: addressOf(emails),
    active: switchOf(parsed.data.active, active),
  };
}

function textOf(value: unknown, attribute: string, longest = 255): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string" && value.length <= longest) return value;
  throw faulty("invalidValue", `${attribute} is a text of at most ${longest} characters.`);
}

function named(value: unknown): string {
  const found = textOf(value, "userName")?.trim();
  if (found) return found;
  throw faulty("invalidValue", "userName cannot be empty.");
}

function emailOf(value: unknown): string | null {
  if (typeof value === "string" || value === undefined || value === null) return textOf(value, "emails", 320);
  const parsed = emailsSchema.safeParse(Array.isArray(value) ? value : [value]);
  if (parsed.success) return addressOf(parsed.data);
  throw faulty("invalidValue", "emails is a list of { value, type, primary }.");
}

function nameOf(value: unknown, now: PersonAttributes): PersonAttributes {
  const name = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    ...now,
    ...("givenName" in name ? { givenName: textOf(name["givenName"], "givenName") } : {}),
    ...("familyName" in name ? { familyName: textOf(name["familyName"], "familyName") } : {}),
  };
}

/** One change, applied. What is not kept is left aside; what the registry says itself cannot be changed. */
function applied(now: PersonAttributes, { op, path, value: given }: PatchOperation): PersonAttributes {
  const value = op === "remove" ? undefined : given;
  switch (path.attribute) {
    case "id":
    case "meta":
    case "groups":
      throw faulty("mutability", `${path.attribute} is the registry's to say.`);
    case "username":
      return { ...now, userName: named(value) };
    case "externalid":
      return { ...now, externalId: textOf(value, "externalId") };
    case "displayname":
    case "name.formatted":
      return { ...now, displayName: textOf(value, "displayName") };
    case "name.givenname":
      return { ...now, givenName: textOf(value, "givenName") };
    case "name.familyname":
      return { ...now, familyName: textOf(value, "familyName") };
    case "name":
      return op === "remove" ? { ...now, givenName: null, familyName: null } : nameOf(value, now);
    case "emails":
    case "emails.value":
      return { ...now, email: emailOf(value) };
    case "active":
      if (op === "remove") throw faulty("mutability", "active cannot be removed: replace it.");
      return { ...now, active: switchOf(activeOf(value), now.active) };
    default:
      return now;
  }
}

/** Some clients wrap the switch once more: `{"active": false}`. */
const activeOf = (value: unknown) =>
  typeof value === "object" && value !== null && "active" in value ? value.active : value;

export const patched = (now: PersonAttributes, operations: readonly PatchOperation[]) =>
  operations.reduce(applied, now);

/** Somebody whom an admin took out of the organisation is not active, whatever the directory said before. */
export const isActive = ({ active, userId, member }: Person) => active && (userId === null || member);

export function userResource(person: Person, base: string) {
  const { id, userName, externalId, displayName, givenName, familyName, email } = person;
  const formatted = [givenName, familyName].filter(Boolean).join(" ");
  return {
    schemas: [userSchema],
    id,
    ...(externalId === null ? {} : { externalId }),
    userName,
    ...(givenName || familyName
      ? { name: { formatted, ...(givenName ? { givenName } : {}), ...(familyName ? { familyName } : {}) } }
      : {}),
    ...(displayName === null ? {} : { displayName }),
    emails: email === null ? [] : [{ value: email, type: "work", primary: true }],
    active: isActive(person),
    meta: {
      resourceType: "User",
      created: person.createdAt.toISOString(),
      lastModified: person.updatedAt.toISOString(),
      location: `${base}/Users/${id}`,
    },
  };
}
