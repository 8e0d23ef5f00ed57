import { Hono } from "hono";
import { artifactTypeMediaType } from "../../../core/artifact-types.ts";
import { type Digest, digestBytes, parseDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import { encodeGatiManifest, parseGatiManifest } from "../../../core/manifests/gati.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import { parseVersion, type Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import { withAccount } from "../../http/authentication.ts";
import { problem } from "../../http/problem.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { putBlob } from "../blobs/index.ts";
import { sendDownload, versionView } from "./download.ts";
import { publishManifest } from "./publish-manifest.ts";
import { listVersions, readArtifact } from "./read-artifact.ts";
import { readVersion } from "./read-version.ts";
import { withLocated } from "./resolve-reference.ts";

/** What the signature header may hold: base64 of any usual signature. */
const signaturePattern = /^[A-Za-z0-9+/=_-]{1,8192}$/;
const signatureType = "application/vnd.gati.signature.v1";

function located<T>(
  c: SurfaceContext,
  scope: string,
  name: string,
  work: (parts: RepositoryParts) => Promise<T>,
): Promise<T> {
  return withLocated(c.get("ctx"), `${scope}/${name}`, (parts) => work(parts));
}

async function put(ctx: Context, parts: RepositoryParts, bytes: Uint8Array): Promise<{ digest: Digest; size: number }> {
  const digest = await digestBytes("sha256", bytes);
  await putBlob(
    ctx,
    parts,
    { body: new Response(bytes as BodyInit).body, size: bytes.byteLength, range: undefined },
    digest,
  );
  return { digest, size: bytes.byteLength };
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Publishes one body as the only layer of a binary module: the documents' upload in a single request. */
async function publishBody(
  c: SurfaceContext,
  parts: RepositoryParts,
  version: Version,
  digest: Digest,
): Promise<Digest> {
  const ctx = c.get("ctx");
  const size = Number(c.req.header("content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(size)) {
    throw new RegistryError("size_invalid", "The body needs a Content-Length.", {
      suggestions: ["Send the file with its length, or use the gati CLI."],
    });
  }
  await putBlob(
    ctx,
    parts,
    { body: c.req.raw.body as ReadableStream<Uint8Array> | null, size, range: undefined },
    digest,
  );
  const gati = parseGatiManifest({
    schemaVersion: 1,
    name: parts.name,
    scope: parts.handle,
    version,
    type: "module-binary",
    dependencies: {},
  });
  const config = await put(ctx, parts, encodeGatiManifest(gati));
  const manifest = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: artifactTypeMediaType("module-binary"),
    config: { mediaType: mediaTypes.gatiManifest, ...config },
    layers: [
      {
        mediaType: mediaTypes.octetStream,
        digest,
        size,
        annotations: { "org.opencontainers.image.title": parts.name },
      },
    ],
  });
  const published = await publishManifest(ctx, parts, {
    bytes: manifest,
    contentType: mediaTypes.ociManifest,
    tags: [version],
  });
  await attachSignature(c, parts, { digest: published.digest, size: manifest.byteLength });
  return published.digest;
}

/** Keeps the signature that came with the body as a referrer of the version. */
async function attachSignature(
  c: SurfaceContext,
  parts: RepositoryParts,
  subject: { digest: Digest; size: number },
): Promise<void> {
  const signature = c.req.header("x-signature");
  if (!signature) return;
  const ctx = c.get("ctx");
  const layer = await put(ctx, parts, new TextEncoder().encode(signature));
  const empty = await put(ctx, parts, new TextEncoder().encode("{}"));
  const referrer = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: signatureType,
    config: { mediaType: mediaTypes.ociEmpty, ...empty },
    layers: [{ mediaType: signatureType, ...layer }],
    subject: { mediaType: mediaTypes.ociManifest, ...subject },
  });
  await publishManifest(ctx, parts, { bytes: referrer, contentType: mediaTypes.ociManifest, tags: [] });
}

/**
 * The forms of the API that earlier documents of the project name. They are views of /api/v1: same verbs, same rights.
 */
export const seedRoutes = new Hono<SurfaceEnv>()
  .use("/v1/*", withAccount)
  .use("/api/modules/*", withAccount)
  .post("/v1/artifacts/:namespace/:name/:version", async (c) => {
    const { namespace, name, version: text } = c.req.param();
    const version = parseVersion(text);
    const digest = parseDigest(c.req.header("x-artifact-digest") ?? "");
    const signature = c.req.header("x-signature");
    if (signature !== undefined && !signaturePattern.test(signature)) {
      throw new RegistryError("invalid_request", "X-Signature is not base64.", {
        suggestions: ["Send the signature as one line of base64."],
      });
    }
    await located(c, namespace, name, (parts) => publishBody(c, parts, version, digest));
    const location = `/v1/artifacts/${namespace}/${name}/${version}`;
    return c.json({ uploadId: crypto.randomUUID(), status: "completed", location }, 202);
  })
  .get("/v1/artifacts/:namespace/:name/:version/metadata", async (c) => {
    const { namespace, name, version } = c.req.param();
    return located(c, namespace, name, async (parts) =>
      c.json(versionView(c, await readVersion(c.get("ctx"), parts, parseVersion(version)))),
    );
  })
  .get("/api/modules/:scope/:name", (c) =>
    located(c, c.req.param("scope"), c.req.param("name"), async (parts) =>
      c.json(await readArtifact(c.get("ctx"), parts)),
    ),
  )
  .get("/api/modules/:scope/:name/versions", (c) =>
    located(c, c.req.param("scope"), c.req.param("name"), async (parts) =>
      c.json({ versions: await listVersions(c.get("ctx"), parts) }),
    ),
  )
  .get("/api/modules/:scope/:name/:version/download", (c) =>
    located(c, c.req.param("scope"), c.req.param("name"), (parts) =>
      sendDownload(c, parts, parseVersion(c.req.param("version"))),
    ),
  )
  .onError((error, c) => problem(c, error));
