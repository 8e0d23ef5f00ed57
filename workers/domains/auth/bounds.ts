import { z } from "zod";
import type { Bounds, User } from "./actor.ts";

/** Bounds as a claim of our own tokens. */
export const boundsSchema = z.object({
  reach: z.array(z.string()).readonly().optional(),
  networks: z.array(z.string()).readonly().optional(),
  basis: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("api-key"), id: z.string(), generation: z.int() }),
      z.object({ kind: z.literal("publisher-rules"), ids: z.array(z.string()).readonly() }),
    ])
    .optional(),
  signIn: z.string().optional(),
  factorAt: z.number().optional(),
  publisher: z
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
    .optional(),
});

/** The bounds of a caller's credential, for a token that it buys; undefined when it has none. */
export function boundsOf({ reach, networks, basis, signIn, factorAt, publisher }: User): Bounds | undefined {
  if (!reach && !networks && !basis && !signIn && factorAt === undefined && !publisher) return undefined;
  return { reach, networks, basis, signIn, factorAt, publisher };
}
