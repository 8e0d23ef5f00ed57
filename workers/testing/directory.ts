import { env, exports } from "cloudflare:workers";
import { parseHandle } from "../../core/identifiers.ts";
import { admit } from "../domains/directory-users/index.ts";
import { findSsoOf } from "../domains/sso/store.ts";
import { insertSession } from "../domains/auth/session-store.ts";
import { signSession } from "../domains/auth/tokens.ts";
import { identities } from "../domains/sign-in/tables.ts";
import { drizzle } from "drizzle-orm/d1";
import { ssoIdentityIssuer, ssoProviderId } from "../../core/sso.ts";
import { auditNote } from "../domains/audit/index.ts";
import { freshAccount, verbContext } from "./account.ts";
import { answered, makeOrganisation, type Organisation } from "./organisation.ts";

export interface ScimAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Answers are looked into field by field.
  readonly json: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any
}

export interface DirectoryOrg extends Organisation {
  readonly namespaceId: string;
  readonly token: string;
  scim(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ScimAnswer>;
  /** Somebody whom the organisation's provider has just vouched for, after the browser came back. */
  comesIn(provided: { subject: string; email?: string }, account?: Arrived): Promise<Arrived>;
  teamsOf(userId: string): Promise<string[]>;
  roleOf(userId: string): Promise<string | undefined>;
}

export interface Arrived {
  readonly id: string;
  readonly handle: string;
  readonly operator: boolean;
  /** Bearer token of a session that came through the organisation's provider. */
  readonly token: string;
  readonly session: string;
}

const issuer = "https://idp.example.org";

export async function scimCall(
  handle: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ScimAnswer> {
  const response = await exports.default.fetch(
    new Request(`http://registry.test/scim/v2/orgs/${handle}${path}`, {
      method,
      headers: {
        "Content-Type": "application/scim+json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? {} : JSON.parse(text) };
}

async function sessionThrough(namespaceId: string, account: Omit<Arrived, "token" | "session">) {
  const { ctx } = verbContext();
  const at = new Date();
  const id = crypto.randomUUID();
  const facts = { id, scopes: ["admin"], proved: ["provider"], signIn: ssoProviderId(namespaceId) };
  const times = { createdAt: at, lastUsedAt: at, expiresAt: new Date(at.getTime() + 3_600_000) };
  const user = { id: account.id, handle: parseHandle(account.handle), operator: false };
  const row = { ...facts, ...times, address: null, agent: null, userId: account.id, refreshHash: id };
  const by = { kind: "user", id: user.id, handle: user.handle } as const;
  await insertSession(env.DB, row, 100, auditNote(ctx, { handle: user.handle }, "session.opened", id, {}, by));
  return { session: id, token: await signSession(ctx.settings, user, facts as never, 900) };
}

/** An organisation with a provider and a directory. The provider's own ceremony other tests hold. */
export async function makeDirectory(more: { match?: "subject" | "email"; role?: string } = {}): Promise<DirectoryOrg> {
  const org = await makeOrganisation();
  const row = await env.DB.prepare("SELECT id FROM namespaces WHERE handle = ?")
    .bind(org.handle)
    .first<{ id: string }>();
  const namespaceId = row?.id ?? "";
  await env.DB.prepare(
    `INSERT INTO sso_providers (namespace_id, issuer, client_id, secret, domains, role, match, updated_by, updated_at)
       SELECT ?, ?, 'client', NULL, NULL, ?, ?, user_id, 1 FROM members WHERE namespace_id = ?`,
  )
    .bind(namespaceId, issuer, more.role ?? "write", more.match ?? "subject", namespaceId)
    .run();
  const { token } = await answered<{ token: string }>(
    org.call(org.owner, "POST", `${org.path}/sso/scim-tokens`, { name: "directory" }),
  );
  const comesIn = async (provided: { subject: string; email?: string }, known?: Arrived): Promise<Arrived> => {
    const account = known ?? (await freshAccount());
    const { ctx, settle } = verbContext();
    const sso = await findSsoOf(env.DB, parseHandle(org.handle));
    if (!sso) throw new Error("no provider");
    const { id: userId } = account;
    const { subject, email = null } = provided;
    const named = { issuer: ssoIdentityIssuer(namespaceId, issuer), subject, email, name: null };
    await drizzle(env.DB)
      .insert(identities)
      .values({ ...named, userId, linkedAt: new Date() })
      .onConflictDoNothing();
    await admit(ctx, sso, provided, { id: userId, handle: parseHandle(account.handle) });
    await settle();
    return { ...account, ...(await sessionThrough(namespaceId, account)) };
  };
  return {
    ...org,
    namespaceId,
    token,
    scim: (method, path, body, headers) => scimCall(org.handle, token, method, path, body, headers),
    comesIn,
    teamsOf: async (userId) => {
      const { results } = await env.DB.prepare(
        "SELECT t.name FROM team_members m JOIN teams t ON t.id = m.team_id WHERE m.user_id = ? AND m.namespace_id = ? ORDER BY 1",
      )
        .bind(userId, namespaceId)
        .all<{ name: string }>();
      return results.map(({ name }) => name);
    },
    roleOf: async (userId) => {
      const found = await env.DB.prepare("SELECT role FROM members WHERE user_id = ? AND namespace_id = ?")
        .bind(userId, namespaceId)
        .first<{ role: string }>();
      return found?.role;
    },
  };
}

export const patchOf = (...operations: unknown[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: operations,
});

let count = 0;
/** A user as directories send one. */
export function userBody(more: Record<string, unknown> = {}) {
  const name = `person-${++count}@example.org`;
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: name,
    externalId: `subject-${count}`,
    name: { givenName: "Ann", familyName: "Example" },
    emails: [{ primary: true, value: name, type: "work" }],
    active: true,
    ...more,
  };
}
