import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { scopes } from "./actor.ts";
import { createApiKey, renameOwnKey, rotateOwnKey } from "./api-keys.ts";
import { ownApiKeys, revokeApiKey } from "./own-keys.ts";
import { revokeLeakedKeys } from "./leaked-keys.ts";
import type { ApiKeyRecord } from "./store.ts";

const tags = ["auth"];
const maxGraceSeconds = 7 * 24 * 60 * 60;
const name = z.string().trim().min(1).max(100);
const params = z.object({ id: z.string().max(100) });
const reach = z.array(z.string().max(200)).min(1).max(50);
const networks = z.array(z.string().max(50)).min(1).max(50);

const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    reach: z.array(z.string()).nullable().openapi({ description: "Null: all that the account may reach" }),
    networks: z.array(z.string()).nullable().openapi({ description: "Null: from everywhere" }),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
    previousUntil: z
      .string()
      .nullable()
      .openapi({ description: "Until when the secret before the last rotation is good" }),
  })
  .openapi("ApiKey");
const withSecret = apiKey.extend({ key: z.string() }).openapi("NewApiKey");

const view = (record: ApiKeyRecord) => ({
  id: record.id,
  name: record.name,
  scopes: record.scopes,
  reach: record.reach,
  networks: record.networks,
  createdAt: record.createdAt.toISOString(),
  expiresAt: record.expiresAt?.toISOString() ?? null,
  lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
  previousUntil: record.previousUntil?.toISOString() ?? null,
});

const routes = {
  create: createRoute({
    method: "post",
    path: "/auth/keys",
    tags,
    summary: "Make an API key; the key is shown only in this answer",
    security: signedIn,
    request: {
      body: jsonBody(
        z.object({
          name,
          scopes: z.array(z.enum(scopes)).min(1),
          expiresInDays: z.int().min(1).max(3650).optional(),
          reach: reach
            .optional()
            .openapi({ description: "Namespaces (users/x) and artifacts (users/x/name) that it is for" }),
          networks: networks.optional().openapi({ description: "Networks (CIDR) and addresses it may be used from" }),
        }),
      ),
    },
    responses: { 201: json(withSecret, "The key"), ...problemResponse },
  }),
  list: createRoute({
    method: "get",
    path: "/auth/keys",
    tags,
    summary: "List the caller's API keys",
    security: signedIn,
    responses: { 200: json(z.object({ keys: z.array(apiKey) }), "Keys, newest first"), ...problemResponse },
  }),
  rename: createRoute({
    method: "patch",
    path: "/auth/keys/{id}",
    tags,
    summary: "Rename an API key",
    security: signedIn,
    request: { params, body: jsonBody(z.object({ name })) },
    responses: { 200: json(apiKey, "The key"), ...problemResponse },
  }),
  rotate: createRoute({
    method: "post",
    path: "/auth/keys/{id}/rotate",
    tags,
    summary: "Give an API key a new secret, shown only in this answer; the old one ends at once or after graceSeconds",
    security: signedIn,
    request: {
      params,
      body: jsonBody(z.object({ graceSeconds: z.int().min(0).max(maxGraceSeconds).default(0) })),
    },
    responses: { 200: json(withSecret, "The key"), ...problemResponse },
  }),
  revoke: createRoute({
    method: "delete",
    path: "/auth/keys/{id}",
    tags,
    summary: "Revoke an API key at once",
    security: signedIn,
    request: { params },
    responses: { 204: { description: "Revoked" }, ...problemResponse },
  }),
  leaked: createRoute({
    method: "post",
    path: "/auth/leaked-keys",
    tags,
    summary: "Revoke API keys that were found where they do not belong; whoever has a key may end it",
    security: open,
    request: { body: jsonBody(z.object({ keys: z.array(z.string().max(200)).min(1).max(100) })) },
    responses: {
      200: json(
        z.object({ revoked: z.array(z.boolean()) }),
        "In the order of the keys: true for each that was good until now",
      ),
      ...problemResponse,
    },
  }),
};

/** API keys of the caller, and the door for secret scanners. */
export const keyRoutes = restRouter()
  .openapi(routes.create, async (c) => {
    const { key, ...record } = await createApiKey(c.get("ctx"), c.req.valid("json"));
    return c.json({ ...view(record), key }, 201);
  })
  .openapi(routes.list, async (c) => c.json({ keys: (await ownApiKeys(c.get("ctx"))).map(view) }, 200))
  .openapi(routes.rename, async (c) => {
    const renamed = await renameOwnKey(c.get("ctx"), c.req.valid("param").id, c.req.valid("json").name);
    return c.json(view(renamed), 200);
  })
  .openapi(routes.rotate, async (c) => {
    const { graceSeconds } = c.req.valid("json");
    const { key, ...record } = await rotateOwnKey(c.get("ctx"), c.req.valid("param").id, graceSeconds);
    return c.json({ ...view(record), key }, 200);
  })
  .openapi(routes.revoke, async (c) => {
    await revokeApiKey(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  })
  .openapi(routes.leaked, async (c) => {
    return c.json({ revoked: await revokeLeakedKeys(c.get("ctx"), c.req.valid("json").keys) }, 200);
  });
