import { createRoute, z } from "@hono/zod-openapi";
import { json, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { callerLimits } from "./caller-limits.ts";
import { account } from "./schemas.ts";
import { whoAmI } from "./who-am-i.ts";

const tags = ["auth"];
const publisher = z
  .object({
    provider: z.string(),
    issuer: z.string(),
    subject: z.string(),
    source: z.string(),
    workflow: z.string().nullable(),
    environment: z.string().nullable(),
    run: z.string().nullable(),
    revision: z.string().nullable(),
  })
  .openapi("Publisher");

const routes = {
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
            reach: z.array(z.string()).nullable().openapi({ description: "Null: all that the account may reach" }),
            networks: z.array(z.string()).nullable().openapi({ description: "Null: from everywhere" }),
          }),
          publisher: publisher.optional().openapi({ description: "Set for a trusted publisher, which is no account" }),
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
};

/** Who asks, and how much they may. Every operation needs a credential. */
export const authRoutes = restRouter()
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
  });
