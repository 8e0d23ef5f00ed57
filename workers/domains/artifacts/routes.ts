import { createRoute, z } from "@hono/zod-openapi";
import { parseArtifactName, parseHandle, type RepositoryParts, repositoryParts } from "../../../core/identifiers.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import { parseVersion } from "../../../core/versions.ts";
import { readBody } from "../../http/read-body.ts";
import { faultyFields, json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { deprecateVersion, renameArtifact, setArtifactVisibility, unpublishVersion } from "./change-artifact.ts";
import { sendDownload, versionView } from "./download.ts";
import { publishManifest } from "./publish-manifest.ts";
import { listArtifacts, listVersions, readArtifact } from "./read-artifact.ts";
import { readVersion } from "./read-version.ts";
import { resolveReference } from "./resolve-reference.ts";
import * as schemas from "./schemas.ts";

const tags = ["artifacts"];
const maxManifest = 10 * 1024 * 1024;
const artifactPath = "/artifacts/{kind}/{handle}/{name}";
const versionPath = `${artifactPath}/versions/{version}` as const;
const { artifactParams, versionParams } = schemas;
const versionAnswer = json(schemas.versionDetailsSchema, "The version");

function partsOf({ kind, handle, name }: z.infer<typeof artifactParams>): RepositoryParts {
  return repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
}

const routes = {
  list: createRoute({
    method: "get",
    path: "/artifacts",
    tags,
    summary: "Artifacts that the caller may see, most recently changed first",
    security: open,
    request: {
      query: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: z.string().max(100).optional(),
        handle: z.string().max(100).optional().openapi({ description: "Only what this user or organisation has" }),
      }),
    },
    responses: {
      200: json(z.object({ artifacts: z.array(schemas.artifactSchema), next: z.string().nullable() }), "A page"),
      ...problemResponse,
    },
  }),
  read: createRoute({
    method: "get",
    path: artifactPath,
    tags,
    summary: "Describe an artifact",
    security: open,
    request: { params: artifactParams },
    responses: { 200: json(schemas.artifactDetailsSchema, "The artifact"), ...problemResponse },
  }),
  update: createRoute({
    method: "patch",
    path: artifactPath,
    tags,
    summary: "Make an artifact public or private (role admin)",
    security: signedIn,
    request: { params: artifactParams, body: jsonBody(z.object({ visibility: schemas.visibilitySchema })) },
    responses: { 200: json(schemas.artifactDetailsSchema, "The artifact"), ...problemResponse },
  }),
  rename: createRoute({
    method: "post",
    path: `${artifactPath}/rename`,
    tags,
    summary: "Give an artifact another name (role admin); the old one leads to it for ever",
    security: signedIn,
    request: { params: artifactParams, body: jsonBody(z.object({ name: z.string().max(200) })) },
    responses: { 200: json(schemas.artifactDetailsSchema, "The artifact under its new name"), ...problemResponse },
  }),
  versions: createRoute({
    method: "get",
    path: `${artifactPath}/versions`,
    tags,
    summary: "List the versions, highest first",
    security: open,
    request: { params: artifactParams },
    responses: { 200: json(z.object({ versions: z.array(schemas.versionSchema) }), "Versions"), ...problemResponse },
  }),
  version: createRoute({
    method: "get",
    path: versionPath,
    tags,
    summary: "Describe a version: manifest, config and layers",
    security: open,
    request: { params: versionParams },
    responses: { 200: versionAnswer, ...problemResponse },
  }),
  publish: createRoute({
    method: "put",
    path: versionPath,
    tags,
    summary: "Publish a version whose blobs are uploaded (role write)",
    description: "The body is the OCI image manifest. The same call as PUT /v2/<repository>/manifests/<version>.",
    security: signedIn,
    request: {
      params: versionParams,
      body: { required: true, content: { [mediaTypes.ociManifest]: { schema: z.looseObject({}) } } },
    },
    responses: {
      201: versionAnswer,
      200: json(schemas.versionDetailsSchema, "The same content was published before"),
      ...problemResponse,
    },
  }),
  unpublish: createRoute({
    method: "delete",
    path: versionPath,
    tags,
    summary: "Unpublish a version for good (role write); its number is never used again",
    security: signedIn,
    request: { params: versionParams },
    responses: {
      200: json(z.object({ version: z.string(), state: z.literal("unpublished") }), "Unpublished"),
      ...problemResponse,
    },
  }),
  deprecate: createRoute({
    method: "put",
    path: `${versionPath}/deprecation`,
    tags,
    summary: "Deprecate a version with a message (role write)",
    security: signedIn,
    request: { params: versionParams, body: jsonBody(z.object({ message: z.string().trim().min(1).max(1000) })) },
    responses: { 200: versionAnswer, ...problemResponse },
  }),
  undeprecate: createRoute({
    method: "delete",
    path: `${versionPath}/deprecation`,
    tags,
    summary: "Lift a deprecation (role write)",
    security: signedIn,
    request: { params: versionParams },
    responses: { 200: versionAnswer, ...problemResponse },
  }),
  download: createRoute({
    method: "get",
    path: `${versionPath}/download`,
    tags,
    summary: "Download the content of a version; Range and ETag work",
    security: open,
    request: { params: versionParams, query: z.object({ layer: z.string().optional() }) },
    responses: {
      200: { description: "The bytes" },
      206: { description: "A range of them" },
      304: { description: "Not changed" },
      ...problemResponse,
    },
  }),
  resolve: createRoute({
    method: "get",
    path: "/resolve",
    tags,
    summary: "Resolve a reference such as @krishna/user-auth@^2 to one digest",
    security: open,
    request: { query: z.object({ ref: z.string().min(1).max(500) }) },
    responses: { 200: json(schemas.resolutionSchema, "What it leads to"), ...problemResponse },
  }),
};

/** Artifacts and their versions. Reading: whoever may pull. Changing: the role each summary names. */
export const artifactRoutes = restRouter()
  .openapi(routes.list, async (c) => {
    const { cursor, limit, handle } = c.req.valid("query");
    const owner = handle === undefined ? undefined : parseHandle(handle);
    return c.json(await listArtifacts(c.get("ctx"), { cursor, limit, handle: owner }), 200);
  })
  .openapi(routes.read, async (c) => c.json(await readArtifact(c.get("ctx"), partsOf(c.req.valid("param"))), 200))
  .openapi(routes.update, async (c) => {
    const parts = partsOf(c.req.valid("param"));
    await setArtifactVisibility(c.get("ctx"), parts, c.req.valid("json").visibility);
    return c.json(await readArtifact(c.get("ctx"), parts), 200);
  })
  .openapi(routes.rename, async (c) => {
    const parts = partsOf(c.req.valid("param"));
    const renamed = await renameArtifact(c.get("ctx"), parts, parseArtifactName(c.req.valid("json").name));
    return c.json(await readArtifact(c.get("ctx"), renamed), 200);
  })
  .openapi(routes.versions, async (c) =>
    c.json({ versions: await listVersions(c.get("ctx"), partsOf(c.req.valid("param"))) }, 200),
  )
  .openapi(routes.version, async (c) => {
    const params = c.req.valid("param");
    return c.json(versionView(c, await readVersion(c.get("ctx"), partsOf(params), parseVersion(params.version))), 200);
  })
  .openapi(routes.unpublish, async (c) => {
    const params = c.req.valid("param");
    const version = parseVersion(params.version);
    await unpublishVersion(c.get("ctx"), partsOf(params), version);
    return c.json({ version, state: "unpublished" as const }, 200);
  })
  .openapi(routes.deprecate, async (c) => {
    const params = c.req.valid("param");
    const version = parseVersion(params.version);
    await deprecateVersion(c.get("ctx"), partsOf(params), version, c.req.valid("json").message);
    return c.json(versionView(c, await readVersion(c.get("ctx"), partsOf(params), version)), 200);
  })
  .openapi(routes.undeprecate, async (c) => {
    const params = c.req.valid("param");
    const version = parseVersion(params.version);
    await deprecateVersion(c.get("ctx"), partsOf(params), version, null);
    return c.json(versionView(c, await readVersion(c.get("ctx"), partsOf(params), version)), 200);
  })
  .openapi(routes.download, (c) => {
    const params = c.req.valid("param");
    return sendDownload(c, partsOf(params), parseVersion(params.version));
  })
  .openapi(routes.resolve, async (c) => c.json(await resolveReference(c.get("ctx"), c.req.valid("query").ref), 200));

// Its body is bytes whose digest counts, so no schema may parse and rewrite them; only its description is generated.
artifactRoutes.openAPIRegistry.registerPath(routes.publish);
artifactRoutes.put("/artifacts/:kind/:handle/:name/versions/:version", async (c) => {
  const { data: params, error } = versionParams.safeParse(c.req.param());
  if (error) throw faultyFields(error);
  const parts = partsOf(params);
  const version = parseVersion(params.version);
  const { changed } = await publishManifest(c.get("ctx"), parts, {
    bytes: await readBody(c.req.raw, maxManifest, "manifest_too_large"),
    contentType: c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase(),
    tags: [version],
  });
  return c.json(versionView(c, await readVersion(c.get("ctx"), parts, version)), changed ? 201 : 200);
});
