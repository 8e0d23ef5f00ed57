import { createRoute, z } from "@hono/zod-openapi";
import { originOf } from "../../http/origin.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import type { SurfaceContext } from "../../http/surface.ts";
import { readSso, removeSso, setSso, type SsoView } from "./manage-sso.ts";
import { createScimToken, revokeScimToken, scimTokensOf } from "./scim-tokens.ts";

const tags = ["organisations"];
const path = "/orgs/{handle}/sso";
const params = z.object({ handle: z.string() });
const domain = z
  .string()
  .max(253)
  .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/, "a domain such as example.org");

const common = {
  issuer: z.string().min(1).max(500).openapi({ description: "As the provider spells it" }),
  clientId: z.string().min(1).max(300),
  domains: z
    .array(domain)
    .min(1)
    .max(100)
    .nullable()
    .openapi({ description: "Only people with a verified address in one of them; null: all of the provider's" }),
  role: z.enum(["admin", "write", "read"]).openapi({ description: "What people become at their first sign-in" }),
  match: z.enum(["subject", "email", "object-id"]).openapi({
    description:
      "By what a person of the directory (SCIM) is known: externalId is the subject, userName is the verified address, or externalId is Entra ID's oid",
  }),
  enforced: z.boolean().openapi({ description: "Roles count only for who signed in with it" }),
};
/** A field that is not known is refused: a setting that nothing heeds must not look as if it were set. */
const input = z
  .strictObject({
    ...common,
    clientSecret: z
      .string()
      .min(1)
      .max(1000)
      .nullable()
      .optional()
      .openapi({ description: "Absent: the stored one stays; null: a public client" }),
    domains: common.domains.default(null),
    role: common.role.default("read"),
    match: common.match.default("subject"),
    enforced: common.enforced.default(false),
  })
  .openapi("OrgSsoSettings");
const sso = z
  .object({
    ...common,
    provider: z.string().openapi({ description: "What sessions and policies call it" }),
    hasSecret: z.boolean(),
    callback: z.string().openapi({ description: "To be registered at the provider, exactly so" }),
    signIn: z.string().openapi({ description: "Where people sign in" }),
    scim: z.string().openapi({ description: "Base address for the directory (SCIM 2.0)" }),
    updatedBy: z.string(),
    updatedAt: z.string(),
  })
  .openapi("OrgSso");
const scimToken = z.object({
  id: z.string(),
  name: z.string(),
  createdBy: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
});
const answer = json(sso, "The organisation's own sign-in");

const routes = {
  read: createRoute({
    method: "get",
    path,
    tags,
    summary: "An organisation's own sign-in, without its secret (role owner)",
    security: signedIn,
    request: { params },
    responses: { 200: answer, ...problemResponse },
  }),
  set: createRoute({
    method: "put",
    path,
    tags,
    summary: "Set an organisation's own sign-in, as a whole; the provider is asked once (role owner)",
    security: signedIn,
    request: { params, body: jsonBody(input) },
    responses: { 200: answer, ...problemResponse },
  }),
  remove: createRoute({
    method: "delete",
    path,
    tags,
    summary: "Take an organisation's own sign-in away, with its sessions and its directory (role owner)",
    security: signedIn,
    request: { params },
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
  tokens: createRoute({
    method: "get",
    path: `${path}/scim-tokens`,
    tags,
    summary: "Tokens of an organisation's directory, without their secrets (role owner)",
    security: signedIn,
    request: { params },
    responses: { 200: json(z.object({ tokens: z.array(scimToken) }), "Oldest first"), ...problemResponse },
  }),
  createToken: createRoute({
    method: "post",
    path: `${path}/scim-tokens`,
    tags,
    summary: "Make a token for an organisation's directory, shown only in this answer (role owner)",
    security: signedIn,
    request: { params, body: jsonBody(z.object({ name: z.string().trim().min(1).max(100) })) },
    responses: {
      201: json(z.object({ id: z.string(), name: z.string(), token: z.string() }), "The token"),
      ...problemResponse,
    },
  }),
  revokeToken: createRoute({
    method: "delete",
    path: `${path}/scim-tokens/{id}`,
    tags,
    summary: "Revoke a token of an organisation's directory at once (role owner)",
    security: signedIn,
    request: { params: params.extend({ id: z.string() }) },
    responses: { 204: { description: "Revoked" }, ...problemResponse },
  }),
};

function view(c: SurfaceContext, handle: string, { domains, updatedAt, ...rest }: SsoView) {
  const origin = originOf(c);
  return {
    ...rest,
    domains: domains && [...domains],
    callback: `${origin}/sign-in/callback/${rest.provider}`,
    signIn: `${origin}/sign-in/sso/${handle}`,
    scim: `${origin}/scim/v2/orgs/${handle}`,
    updatedAt: updatedAt.toISOString(),
  };
}

/** An organisation's own sign-in and its directory's tokens. For its owners. */
export const ssoRoutes = restRouter()
  .openapi(routes.read, async (c) => {
    const { handle } = c.req.valid("param");
    return c.json(view(c, handle, await readSso(c.get("ctx"), handle)), 200);
  })
  .openapi(routes.set, async (c) => {
    const { handle } = c.req.valid("param");
    return c.json(view(c, handle, await setSso(c.get("ctx"), handle, c.req.valid("json"))), 200);
  })
  .openapi(routes.remove, async (c) => {
    await removeSso(c.get("ctx"), c.req.valid("param").handle);
    return c.body(null, 204);
  })
  .openapi(routes.tokens, async (c) => {
    const found = await scimTokensOf(c.get("ctx"), c.req.valid("param").handle);
    const tokens = found.map(({ createdAt, lastUsedAt, ...rest }) => ({
      ...rest,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    }));
    return c.json({ tokens }, 200);
  })
  .openapi(routes.createToken, async (c) => {
    const made = await createScimToken(c.get("ctx"), c.req.valid("param").handle, c.req.valid("json").name);
    return c.json({ ...made }, 201);
  })
  .openapi(routes.revokeToken, async (c) => {
    const { handle, id } = c.req.valid("param");
    await revokeScimToken(c.get("ctx"), handle, id);
    return c.body(null, 204);
  });
