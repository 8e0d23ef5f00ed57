import { randomBytes } from "node:crypto";
import type { Api, Credential } from "./api.ts";

export interface Person {
  readonly id: string;
  readonly handle: string;
  readonly password: string;
  /** Bearer token of the sign-in: every scope. */
  readonly session: Credential;
}

export interface Key {
  readonly id: string;
  readonly key: string;
  readonly as: Credential;
}

export type Scope = "read" | "publish" | "admin";
export type Role = "owner" | "admin" | "write" | "read";

const password = "correct horse battery staple";

/** A handle or artifact name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}

export async function signUp(api: Api, handle = unique("user")): Promise<Person> {
  const { user, token } = await api.read<{ user: { id: string }; token: string }>("POST", "/api/v1/auth/sign-up", {
    json: { handle, password },
  });
  return { id: user.id, handle, password, session: { bearer: token } };
}

/** `bounds`: `reach`, `networks`, `expiresInDays`. */
export async function makeKey(
  api: Api,
  person: Person,
  scopes: readonly Scope[],
  bounds: Readonly<Record<string, unknown>> = {},
): Promise<Key> {
  const json = { name: unique("key"), scopes, ...bounds };
  const { id, key } = await api.read<{ id: string; key: string }>("POST", "/api/v1/auth/keys", {
    as: person.session,
    json,
  });
  return { id, key, as: { bearer: key } };
}

/** Makes an organisation and returns its handle. */
export async function makeOrganization(api: Api, owner: Person, handle = unique("org")): Promise<string> {
  await api.read("POST", "/api/v1/orgs", { as: owner.session, json: { handle } });
  return handle;
}

/** Gives somebody a role: members get another one, everybody else is invited and accepts. */
export async function setRole(
  api: Api,
  owner: Person,
  organization: string,
  member: Person,
  role: Role,
): Promise<void> {
  const namespace = `/api/v1/namespaces/orgs/${organization}`;
  const changed = await api.send("PUT", `${namespace}/members/${member.handle}`, { as: owner.session, json: { role } });
  await changed.body?.cancel();
  if (changed.ok) return;
  await join(api, owner, organization, member, { role });
}

/** Invites somebody into an organisation, or into teams of it, and accepts in their name. */
export async function join(
  api: Api,
  owner: Person,
  organization: string,
  member: Person,
  into: { role?: Role; teams?: readonly string[] },
): Promise<void> {
  const { id } = await api.read<{ id: string }>("POST", `/api/v1/namespaces/orgs/${organization}/invitations`, {
    as: owner.session,
    json: { handle: member.handle, ...into },
  });
  await api.read("POST", "/api/v1/account/invitations/answer", { as: member.session, json: { id, accept: true } });
}

export async function setVisibility(
  api: Api,
  as: Credential,
  path: string,
  visibility: "public" | "private",
): Promise<void> {
  await api.read("PATCH", path, { as, json: { visibility } });
}

/** A token of the registry's token endpoint, for the scopes given; anonymous without `as`. */
export async function registryToken(api: Api, scopes: readonly string[], as?: Credential): Promise<Credential> {
  const query = new URLSearchParams([["service", "gati-registry"], ...scopes.map((scope) => ["scope", scope])]);
  const { token } = await api.read<{ token: string }>("GET", `/v2/token?${query}`, { as });
  return { bearer: token };
}
