import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { endOtherSessions, endSession, ownSessions, signOut } from "./manage-sessions.ts";
import { refreshSession } from "./refresh-session.ts";
import { credentials, openedSession } from "./schemas.ts";
import { signIn } from "./sign-in.ts";

const tags = ["auth"];
const refreshToken = z.string().max(1000);
const session = z
  .object({
    id: z.string(),
    createdAt: z.string(),
    lastUsedAt: z.string().openapi({ description: "Sign-in or last refresh" }),
    expiresAt: z.string(),
    address: z.string().nullable(),
    agent: z.string().nullable().openapi({ description: "What the client called itself" }),
    current: z.boolean().openapi({ description: "The one that asks" }),
  })
  .openapi("SessionDescription");

const routes = {
  signIn: createRoute({
    method: "post",
    path: "/auth/sign-in",
    tags,
    summary: "Sign in with handle and password (everybody)",
    security: open,
    request: { body: jsonBody(credentials) },
    responses: { 200: json(openedSession, "A session"), ...problemResponse },
  }),
  refresh: createRoute({
    method: "post",
    path: "/auth/refresh",
    tags,
    summary: "Exchange a refresh token; showing one again ends its session (whoever holds the token)",
    security: open,
    request: { body: jsonBody(z.object({ refreshToken })) },
    responses: { 200: json(openedSession, "The next pair of tokens"), ...problemResponse },
  }),
  signOut: createRoute({
    method: "post",
    path: "/auth/sign-out",
    tags,
    summary: "End the session of the refresh token, or else of the caller",
    security: open,
    request: { body: jsonBody(z.object({ refreshToken: refreshToken.optional() })) },
    responses: { 204: { description: "Signed out" }, ...problemResponse },
  }),
  list: createRoute({
    method: "get",
    path: "/auth/sessions",
    tags,
    summary: "List the caller's sessions (scope admin)",
    security: signedIn,
    responses: { 200: json(z.object({ sessions: z.array(session) }), "Last used first"), ...problemResponse },
  }),
  endOthers: createRoute({
    method: "delete",
    path: "/auth/sessions",
    tags,
    summary: "End all sessions of the caller but the one that asks (scope admin)",
    security: signedIn,
    responses: { 200: json(z.object({ ended: z.int() }), "How many ended"), ...problemResponse },
  }),
  end: createRoute({
    method: "delete",
    path: "/auth/sessions/{id}",
    tags,
    summary: "End a session of the caller (scope admin)",
    security: signedIn,
    request: { params: z.object({ id: z.string().max(100) }) },
    responses: { 204: { description: "Ended" }, ...problemResponse },
  }),
};

const noStore = { "Cache-Control": "no-store" };

/** Sign-ins. Whoever signs in, refreshes or signs out proves themselves by the body. */
export const sessionRoutes = restRouter()
  .openapi(routes.signIn, async (c) =>
    c.json(await signIn(c.get("ctx"), c.req.valid("json"), c.req.header("user-agent")), 200, noStore),
  )
  .openapi(routes.refresh, async (c) => {
    const { refreshToken: token } = c.req.valid("json");
    return c.json(await refreshSession(c.get("ctx"), token, c.req.header("user-agent")), 200, noStore);
  })
  .openapi(routes.signOut, async (c) => {
    await signOut(c.get("ctx"), c.req.valid("json").refreshToken);
    return c.body(null, 204);
  })
  .openapi(routes.list, async (c) => {
    const sessions = (await ownSessions(c.get("ctx"))).map((one) => ({
      id: one.id,
      createdAt: one.createdAt.toISOString(),
      lastUsedAt: one.lastUsedAt.toISOString(),
      expiresAt: one.expiresAt.toISOString(),
      address: one.address,
      agent: one.agent,
      current: one.current,
    }));
    return c.json({ sessions }, 200, noStore);
  })
  .openapi(routes.endOthers, async (c) => c.json({ ended: await endOtherSessions(c.get("ctx")) }, 200))
  .openapi(routes.end, async (c) => {
    await endSession(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  });
