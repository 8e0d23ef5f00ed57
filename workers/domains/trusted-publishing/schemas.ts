import { z } from "@hono/zod-openapi";
import type { Publishing } from "./manage-rules.ts";
import type { StoredRule } from "./store.ts";

const name = z.string().regex(/^[\w.-]{1,100}$/);
const id = z.string().regex(/^\d{1,20}$/);
const issuer = z.string().max(300);
const environment = z.string().min(1).max(255);
const ref = z
  .string()
  .max(255)
  .regex(/^refs\/(?:heads|tags)\/\S+$/)
  .openapi({ description: "refs/heads/main or refs/tags/v1" });
const claimName = z.string().regex(/^[\w.:/-]{1,100}$/);
/** What every token of the issuer for this registry has says nothing about who holds it. */
const idle = new Set(["iss", "aud", "exp", "nbf", "iat", "jti"]);

/** Which runs may publish. */
export const ruleInputSchema = z
  .discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("github"),
      issuer: issuer.optional().openapi({ description: "Of an enterprise server; GitHub's own unless said otherwise" }),
      owner: name,
      repository: name,
      workflow: z
        .string()
        .regex(/^[\w.-]{1,200}\.ya?ml$/)
        .openapi({ description: "File in .github/workflows" }),
      environment: environment.optional(),
      ref: ref.optional(),
      ownerId: id.optional().openapi({ description: "Pinned at the first use when absent; so is repositoryId" }),
      repositoryId: id.optional(),
    }),
    z.strictObject({
      provider: z.literal("gitlab"),
      issuer: issuer.optional(),
      project: z.string().regex(/^(?=.{1,255}$)[\w.-]+(?:\/[\w.-]+)+$/),
      configFile: z.string().min(1).max(255).default(".gitlab-ci.yml"),
      environment: environment.optional(),
      ref: ref.optional(),
      namespaceId: id.optional(),
      projectId: id.optional(),
    }),
    z.strictObject({
      provider: z.literal("oidc"),
      issuer,
      claims: z
        .record(claimName, z.string().min(1).max(500))
        .refine((claims) => claims["sub"] !== undefined, "sub is needed: it says whose token it is")
        .refine((claims) => Object.keys(claims).length <= 20, "at most 20 claims")
        .refine((claims) => !Object.keys(claims).some((one) => idle.has(one)), `not ${[...idle].join(", ")}`),
    }),
  ])
  .openapi("NewPublisherRule");

export const ruleSchema = z
  .object({
    id: z.string(),
    provider: z.enum(["github", "gitlab", "oidc"]),
    issuer: z.string(),
    conditions: z.record(z.string(), z.string()),
    pins: z
      .record(z.string(), z.string())
      .nullable()
      .openapi({ description: "Ids behind the names; complete after the first use" }),
    pending: z.boolean().openapi({ description: "Nothing is published under this name yet" }),
    createdBy: z.string(),
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
  })
  .openapi("PublisherRule");

export const publishingSchema = z
  .object({
    trustedOnly: z.boolean().openapi({ description: "New versions come from trusted publishers alone" }),
    pending: z.boolean().openapi({ description: "Nothing is published under this name yet" }),
    publishers: z.array(ruleSchema),
  })
  .openapi("Publishing");

export const ruleView = (rule: StoredRule): z.infer<typeof ruleSchema> => ({
  id: rule.id,
  provider: rule.provider,
  issuer: rule.issuer,
  conditions: { ...rule.conditions },
  pins: rule.pins && { ...rule.pins },
  pending: rule.pending,
  createdBy: rule.createdBy,
  createdAt: rule.createdAt.toISOString(),
  lastUsedAt: rule.lastUsedAt?.toISOString() ?? null,
});

export const publishingView = ({ trustedOnly, pending, publishers }: Publishing): z.infer<typeof publishingSchema> => ({
  trustedOnly,
  pending,
  publishers: publishers.map(ruleView),
});
