import { z } from "@hono/zod-openapi";
import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import { parseDigest } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import { beginDirectUpload, completeDirectUpload, type UploadReference } from "../../domains/blobs/index.ts";
import { readBody } from "../../http/read-body.ts";
import { faultyFields } from "../../http/rest.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { locationOf, repositoryOf, uploadName, uploadOf } from "./parameters.ts";

/** A thousand parts, each with its number and ETag, stay far below this. */
const maxJson = 512 * 1024;
/** S3 knows no larger object. */
const maxSize = 5 * 1024 ** 4;

const beginning = z.object({ size: z.int().min(1).max(maxSize) });
const completion = z.object({
  digest: z.string(),
  parts: z
    .array(z.object({ number: z.int().min(1).max(10_000), etag: z.string().min(1).max(200) }))
    .min(1)
    .max(10_000),
});

/** Where the parts of an upload are asked for. */
export function partsLocation(parts: RepositoryParts, upload: UploadReference): string {
  return locationOf(parts, `_gati/uploads/${uploadName(upload)}/parts`);
}

async function bodyOf<T>(c: SurfaceContext, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readBody(c.req.raw, maxJson, "payload_too_large");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new RegistryError("invalid_request", "The body is not JSON.", { cause, suggestions: ["Send JSON."] });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw faultyFields(result.error);
}

/**
 * The registry's extension of the distribution-spec: large blobs in parallel parts, straight to the store. An upload
 * whose answer names `Gati-Parts` offers it. Whoever may push, and only the user who started the upload.
 */
export const directUploadRoutes = new Hono<SurfaceEnv>()
  .post("/:name{.+}/_gati/uploads/:upload/parts", async (c) => {
    const { size } = await bodyOf(c, beginning);
    const plan = await beginDirectUpload(c.get("ctx"), repositoryOf(c), uploadOf(c), size);
    c.header("Cache-Control", "no-store");
    return c.json(plan);
  })
  .post("/:name{.+}/_gati/uploads/:upload/complete", async (c) => {
    const parts = repositoryOf(c);
    const wanted = await bodyOf(c, completion);
    const digest = parseDigest(wanted.digest);
    await completeDirectUpload(c.get("ctx"), parts, uploadOf(c), digest, wanted.parts);
    return c.body(null, 201, { Location: locationOf(parts, `blobs/${digest}`), "Docker-Content-Digest": digest });
  });
