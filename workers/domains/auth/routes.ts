import { createRoute, z } from "@hono/zod-openapi";
import { contextFor, presentedCredential } from "../../http/authentication.ts";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { scopes } from "./actor.ts";
import { createApiKey, ownApiKeys, revokeApiKey } from "./api-keys.ts";
import { callerLimits } from "./caller-limits.ts";
import { setupOperator } from "./setup-operator.ts";
import { openSession, signIn } from "./sign-in.ts";
import { signUp } from "./sign-up.ts";
import type { ApiKeyRecord } from "./store.ts";
import { whoAmI } from "./who-am-i.ts";

const tags = ["auth"];
const credentials = z.object({ handle: z.string().max(100), password: z.string().max(1000) });
const account = z.object({ id: z.string(), handle: z.string(), operator: z.boolean() }).openapi("Account");
const session = z.object({ user: account, token: z.string(), expiresIn: z.int() }).openapi("Session");
const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .openapi("ApiKey");

const view = ({ id, name, scopes: held, createdAt, expiresAt, lastUsedAt }: ApiKeyRecord) => ({
  id,
  name,
  scopes: held,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

const routes = {
  setup: createRoute({
    method: "post",
    path: "/setup",
    tags,
    summary: "Make the first operator account (needs the setup token)",
    security: signedIn,
    request: { body: jsonBody(credentials) },
    responses: { 201: json(z.object({ user: account }), "The operator"), ...problemResponse },
  }),
  signUp: createRoute({
    method: "post",
    path: "/auth/sign-up",
    tags,
    summary: "Make an account and its namespace",
    security: open,
    request: { body: jsonBody(credentials.extend({ email: z.email().max(320).optional() })) },
    responses: { 201: json(session, "The account, signed in"), ...problemResponse },
  }),
  signIn: createRoute({
    method: "post",
    path: "/auth/sign-in",
    tags,
    summary: "Sign in with handle and password",
    security: open,
    request: { body: jsonBody(credentials) },
    responses: { 200: json(session, "A short session"), ...problemResponse },
  }),
  me: createRoute({
    method: "get",
    path: "/auth/me",
    tags,
    summary: "Who the credential speaks for and what it reaches",
    security: signedIn,
    responses: {
      200: json(
        z.object({
          user: account,
          credential: z.object({
            kind: z.string(),
            scopes: z.array(z.string()),
            id: z.string().optional(),
            name: z.string().optional(),
            expiresAt: z.string().nullable(),
          }),
          namespaces: z.array(z.object({ namespace: z.string(), role: z.string() })),
        }),
        "The caller",
      ),
      ...problemResponse,
    },
  }),
  limits: createRoute({
    method: "get",
    path: "/auth/limits",
    tags,
    summary: "How much the caller may do, and what is left of it",
    security: signedIn,
    responses: {
      200: json(
        z.object({
          limits: z.array(
            z.object({
              policy: z.string(),
              limit: z.int(),
              windowSeconds: z.number(),
              remaining: z.int(),
              resetSeconds: z.int(),
            }),
          ),
        }),
        "Limits of the caller",
      ),
      ...problemResponse,
    },
  }),
  createKey: createRoute({
    method: "post",
    path: "/auth/keys",
    tags,
    summary: "Make an API key; the key is shown only in this answer",
    security: signedIn,
    request: {
      body: jsonBody(
        z.object({
          name: z.string().trim().min(1).max(100),
          scopes: z.array(z.enum(scopes)).min(1),
          expiresInDays: z.int().min(1).max(3650).optional(),
        }),
      ),
    },
    responses: { 201: json(apiKey.extend({ key: z.string() }), "The key"), ...problemResponse },
  }),
  listKeys: createRoute({
    method: "get",
    path: "/auth/keys",
    tags,
    summary: "List the caller's API keys",
    security: signedIn,
    responses: { 200: json(z.object({ keys: z.array(apiKey) }), "Keys, newest first"), ...problemResponse },
  }),
  revokeKey: createRoute({
    method: "delete",
    path: "/auth/keys/{id}",
    tags,
    summary: "Revoke an API key at once",
    security: signedIn,
    request: { params: z.object({ id: z.string().max(100) }) },
    responses: { 204: { description: "Revoked" }, ...problemResponse },
  }),
};

/** Setup. Its bearer token is no credential of an account, so it is read here and nowhere else. */
export const setupRoutes = restRouter().openapi(routes.setup, async (c) => {
  const presented = presentedCredential(c.req.header("authorization"));
  const token = presented.kind === "bearer" ? presented.token : undefined;
  const ctx = await contextFor(c, { kind: "none" });
  return c.json({ user: await setupOperator(ctx, token, c.req.valid("json")) }, 201);
});

/** Identity. Sign-up and sign-in prove themselves by their bodies; everything else needs a credential. */
export const authRoutes = restRouter()
  .openapi(routes.signUp, async (c) => {
    const user = await signUp(c.get("ctx"), c.req.valid("json"));
    return c.json(await openSession(c.get("ctx"), user), 201);
  })
  .openapi(routes.signIn, async (c) => c.json(await signIn(c.get("ctx"), c.req.valid("json")), 200))
  .openapi(routes.me, async (c) => c.json(await whoAmI(c.get("ctx")), 200))
  .openapi(routes.limits, async (c) => {
    const limits = (await callerLimits(c.get("ctx"))).map(({ policy, limit, window, remaining, reset }) => ({
      policy,
      limit,
      windowSeconds: window / 1000,
      remaining,
      resetSeconds: Math.ceil(reset / 1000),
    }));
    return c.json({ limits }, 200);
  })
  .openapi(routes.createKey, async (c) => {
    const { key, ...record } = await createApiKey(c.get("ctx"), c.req.valid("json"));
    return c.json({ ...view(record), key }, 201);
  })
  .openapi(routes.listKeys, async (c) => c.json({ keys: (await ownApiKeys(c.get("ctx"))).map(view) }, 200))
  .openapi(routes.revokeKey, async (c) => {
    await revokeApiKey(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  });
