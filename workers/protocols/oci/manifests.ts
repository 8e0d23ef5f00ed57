import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import { isTag, parseManifestReference } from "../../../core/references.ts";
import { countDownload } from "../../domains/analytics/index.ts";
import { deleteManifest, publishManifest, readManifest } from "../../domains/artifacts/index.ts";
import { matchesEtag } from "../../http/ranges.ts";
import { readBody } from "../../http/read-body.ts";
import { immutableCaching } from "../../http/send-content.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { locationOf, repositoryOf } from "./parameters.ts";

/** Manifests above 4 MiB must work (distribution-spec); far above it, content belongs into layers. */
const maxManifest = 10 * 1024 * 1024;

const referenceOf = (c: SurfaceContext) => parseManifestReference(c.req.param("reference") ?? "");

/** As `referenceOf` for something that should exist: under a tag that cannot be there is nothing. */
function existingReferenceOf(c: SurfaceContext) {
  const text = c.req.param("reference") ?? "";
  if (isTag(text) || text.includes(":")) return parseManifestReference(text);
  throw new RegistryError("manifest_unknown", `There is no "${text.slice(0, 160)}" here: it is not a valid tag.`, {
    suggestions: ["List the tags to see what is there."],
  });
}

/** The media type of a request without its parameters. */
export function contentTypeOf(c: SurfaceContext): string | undefined {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() || undefined;
}

/** Manifests by digest or tag. GET, HEAD: whoever may pull. PUT: whoever may push. DELETE: whoever may delete. */
export const manifestRoutes = new Hono<SurfaceEnv>()
  .get("/:name{.+}/manifests/:reference", async (c) => {
    const reference = existingReferenceOf(c);
    const ctx = c.get("ctx");
    const parts = repositoryOf(c);
    const manifest = await readManifest(ctx, parts, reference);
    const headers = {
      "Content-Type": manifest.mediaType,
      "Docker-Content-Digest": manifest.digest,
      ETag: `"${manifest.digest}"`,
      // A tag can move: whoever keeps it asks again.
      "Cache-Control": "digest" in reference ? immutableCaching(manifest.isPublic) : "no-cache, no-transform",
    };
    if (matchesEtag(c.req.header("if-none-match"), headers.ETag)) return new Response(null, { status: 304, headers });
    const sized = { ...headers, "Content-Length": String(manifest.size) };
    if (c.req.method === "HEAD") return new Response(null, { headers: sized });
    const body = await manifest.open();
    countDownload(ctx, parts, manifest.digest);
    return new Response(body as BodyInit, { headers: sized });
  })
  .put("/:name{.+}/manifests/:reference", async (c) => {
    const parts = repositoryOf(c);
    const reference = referenceOf(c);
    const extraTags = c.req.queries("tag") ?? [];
    const { digest, subject } = await publishManifest(c.get("ctx"), parts, {
      bytes: await readBody(c.req.raw, maxManifest, "manifest_too_large"),
      contentType: contentTypeOf(c),
      digest: "digest" in reference ? reference.digest : undefined,
      tags: "tag" in reference ? [reference.tag, ...extraTags] : extraTags,
    });
    const headers = new Headers({
      Location: locationOf(parts, `manifests/${digest}`),
      "Docker-Content-Digest": digest,
    });
    if (subject) headers.set("OCI-Subject", subject);
    for (const tag of extraTags) headers.append("OCI-Tag", tag);
    return new Response(null, { status: 201, headers });
  })
  .delete("/:name{.+}/manifests/:reference", async (c) => {
    await deleteManifest(c.get("ctx"), repositoryOf(c), existingReferenceOf(c));
    return c.body(null, 202);
  });
