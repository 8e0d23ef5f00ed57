import { z } from "@hono/zod-openapi";

export const proofKindSchema = z.enum(["domain", "github"]);

/** The badge: what whoever publishes has proved to be. */
export const publisherSchema = z
  .object({ verified: z.array(z.object({ kind: proofKindSchema, subject: z.string() })) })
  .openapi("Publisher", { description: "What the publisher has proved; empty for those who have not" });
