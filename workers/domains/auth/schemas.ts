import { z } from "@hono/zod-openapi";

export const credentials = z.object({ handle: z.string().max(100), password: z.string().max(1000) });
export const account = z.object({ id: z.string(), handle: z.string(), operator: z.boolean() }).openapi("Account");
/** What a sign-in, sign-up or refresh answers. */
export const openedSession = z
  .object({
    user: account,
    token: z.string().openapi({ description: "Bearer token" }),
    expiresIn: z.int().openapi({ description: "Seconds that the token is good for" }),
    refreshToken: z.string().openapi({ description: "Good once, for the next pair of tokens" }),
    refreshExpiresIn: z.int().openapi({ description: "Seconds until the refresh token is too old" }),
  })
  .openapi("Session");
