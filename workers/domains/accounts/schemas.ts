import { z } from "@hono/zod-openapi";

export { account, credentials, openedSession } from "../auth/index.ts";

export const accountDescription = z
  .object({
    id: z.string(),
    handle: z.string(),
    operator: z.boolean(),
    email: z.string().nullable(),
    emailConfirmedAt: z.string().nullable().openapi({ description: "Null: the address counts for nothing yet" }),
    hasPassword: z.boolean().openapi({ description: "False for somebody who came with a provider and has set none" }),
    createdAt: z.string(),
  })
  .openapi("AccountDescription");

const time = z.string();
export const accountExport = z
  .object({
    exportedAt: time,
    account: accountDescription,
    namespaces: z.array(z.object({ namespace: z.string(), role: z.string() })),
    teams: z.array(z.object({ namespace: z.string(), team: z.string() })),
    keys: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        scopes: z.array(z.string()),
        createdAt: time,
        expiresAt: time.nullable(),
        lastUsedAt: time.nullable(),
      }),
    ),
    sessions: z.array(
      z.object({
        id: z.string(),
        createdAt: time,
        lastUsedAt: time,
        expiresAt: time,
        address: z.string().nullable(),
        agent: z.string().nullable(),
      }),
    ),
    secondFactor: z
      .object({
        level: z.string(),
        appSince: time.nullable(),
        passkeys: z.array(z.object({ name: z.string(), createdAt: time, lastUsedAt: time.nullable() })),
        recoveryCodesLeft: z.int(),
      })
      .openapi({ description: "Without secrets" }),
    published: z.array(
      z.object({ repository: z.string(), version: z.string(), digest: z.string(), publishedAt: time }),
    ),
  })
  .openapi("AccountExport");
