import { z } from "@hono/zod-openapi";
import { recordKinds } from "./records.ts";

export const kindParam = z.object({ kind: z.enum(recordKinds) });
export const namespaceParam = z.object({
  namespace: z.string().max(100).openapi({ description: "Id of the namespace" }),
});
export const importParam = z.object({
  id: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be the id of a backup")
    .openapi({ description: "Digest of what the backup says about itself" }),
});
export const uploadParam = importParam.extend({ upload: z.uuid() });
export const cursorQuery = z.object({ cursor: z.string().max(1000).optional() });
export const digestQuery = z.object({ digest: z.string().max(200) });

const anyRecord = z.record(z.string(), z.unknown());
const next = z.string().nullable().openapi({ description: "Cursor of the next page, null at the end" });
export const kindsSchema = z.object({
  kinds: z.array(
    z.object({
      kind: z.string(),
      references: z
        .record(z.string(), z.string())
        .openapi({ description: "Fields that name a record of another kind" }),
    }),
  ),
});
export const recordPageSchema = z.object({ records: z.array(anyRecord), next });
export const blobPageSchema = z.object({ blobs: z.array(z.object({ digest: z.string(), size: z.int() })), next });
export const recordsSchema = z.object({ records: z.array(anyRecord).max(1000) });

export const importSchema = z
  .object({
    state: z.enum(["none", "running", "finished"]),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .openapi("Import");

/** How an import stands in a registry that may not be empty. */
export const standingSchema = importSchema
  .extend({ empty: z.boolean(), accounts: z.int(), artifacts: z.int() })
  .openapi("ImportStanding");

/** Lines of JSON, and bytes. */
export const lines = { "application/x-ndjson": { schema: z.string() } };
export const bytes = { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } };
