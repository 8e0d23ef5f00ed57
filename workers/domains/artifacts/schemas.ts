import { z } from "@hono/zod-openapi";
import { publisherSchema } from "../verification/index.ts";

export const visibilitySchema = z.enum(["public", "private"]);

export const artifactParams = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string(), name: z.string() });
export const versionParams = artifactParams.extend({ version: z.string() });

export const artifactSchema = z
  .object({
    namespace: z.string(),
    name: z.string(),
    repository: z.string(),
    type: z.string(),
    visibility: visibilitySchema,
    description: z.string().nullable(),
    latest: z.string().nullable(),
    versionCount: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    publisher: publisherSchema,
  })
  .openapi("Artifact");

export const artifactDetailsSchema = artifactSchema
  .extend({
    downloads: z.int(),
    labels: z.record(z.string(), z.object({ digest: z.string(), version: z.string().nullable() })),
  })
  .openapi("ArtifactDetails");

const content = z.object({
  digest: z.string(),
  size: z.int(),
  mediaType: z.string(),
  title: z.string().optional(),
  url: z.string().optional(),
});

export const versionSchema = z
  .object({
    version: z.string(),
    digest: z.string(),
    size: z.int(),
    state: z.string(),
    deprecation: z.string().nullable(),
    publishedAt: z.string(),
    publishedBy: z.string(),
    downloads: z.int(),
  })
  .openapi("Version");

export const versionDetailsSchema = versionSchema
  .extend({
    namespace: z.string(),
    name: z.string(),
    repository: z.string(),
    type: z.string(),
    mediaType: z.string(),
    manifest: z.unknown(),
    config: content.nullable(),
    layers: z.array(content),
    reference: z.string(),
    publisher: publisherSchema,
  })
  .openapi("VersionDetails");

export const resolutionSchema = z
  .object({
    namespace: z.string(),
    name: z.string(),
    repository: z.string(),
    type: z.string(),
    version: z.string().nullable(),
    digest: z.string(),
    size: z.int(),
    mediaType: z.string(),
    state: z.string().nullable(),
    deprecation: z.string().nullable(),
    publishedAt: z.string(),
  })
  .openapi("Resolution");
