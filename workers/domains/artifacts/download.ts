import { type Digest, parseDigest } from "../../../core/digests.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Version } from "../../../core/versions.ts";
import { originOf } from "../../http/origin.ts";
import { sendContent } from "../../http/send-content.ts";
import type { SurfaceContext } from "../../http/surface.ts";
import { countDownload } from "../analytics/index.ts";
import { readBlob } from "../blobs/index.ts";
import { chooseLayer, readVersion, type VersionDetails } from "./read-version.ts";

/** No file system takes longer names, and clients refuse headers without end. */
const longestName = 200;

/** The name of the file for whoever saves it, as an RFC 6266 header. */
function disposition(title: string): string {
  const name = title.slice(0, longestName).toWellFormed();
  const plain = name.replace(/[^\w.+-]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}

/** One that goes on where another stopped was counted when that one began. */
function isDownload(c: SurfaceContext, { status, headers }: Response): boolean {
  if (c.req.method !== "GET" || status === 304) return false;
  const range = headers.get("content-range");
  return range === null || range.startsWith("bytes 0-");
}

/** Streams the content of a version: its only layer, or the one that ?layer= names. */
export async function sendDownload(c: SurfaceContext, parts: RepositoryParts, version: Version): Promise<Response> {
  const details = await readVersion(c.get("ctx"), parts, version);
  const wanted = c.req.query("layer");
  const layer = chooseLayer(details, wanted === undefined ? undefined : parseDigest(wanted));
  const blob = await readBlob(c.get("ctx"), parts, layer.digest);
  const name = layer.title?.split("/").at(-1) || `${parts.name}-${version}`;
  const response = await sendContent(c, blob, {
    "Content-Disposition": disposition(name),
    // A version can be unpublished or quarantined: whoever keeps this address asks again, and the answer is a cheap 304.
    "Cache-Control": "no-cache, no-transform",
    "Gati-Digest": layer.digest,
  });
  if (isDownload(c, response)) countDownload(c.get("ctx"), parts, details.digest as Digest);
  return response;
}

/** A version as the API shows it: with the addresses of its content and its OCI reference. */
export function versionView(c: SurfaceContext, details: VersionDetails) {
  const origin = originOf(c);
  const { host } = new URL(origin);
  const url = (digest: string) => `${origin}/v2/${details.repository}/blobs/${digest}`;
  return {
    ...details,
    config: details.config && { ...details.config, url: url(details.config.digest) },
    layers: details.layers.map((layer) => ({ ...layer, url: url(layer.digest) })),
    reference: `${host}/${details.repository}:${details.version}`,
  };
}
