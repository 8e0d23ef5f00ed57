import { RegistryError } from "../../../core/errors.ts";
import { type Digest, parseDigest } from "../../../core/digests.ts";
import { parseRepository, type RepositoryParts } from "../../../core/identifiers.ts";
import type { UploadReference } from "../../domains/blobs/index.ts";
import type { SurfaceContext } from "../../http/surface.ts";

export { chunkOf } from "../../http/chunk.ts";

/** A UUID, and what proves that the upload was opened as long as it needs to. */
const upload = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.([\w-]{1,100}))?$/;

/** The repository of the path. Errors: `name_invalid`. */
export function repositoryOf(c: SurfaceContext): RepositoryParts {
  return parseRepository(c.req.param("name") ?? "");
}

/** The upload of the path. Errors: `upload_unknown`, because a malformed id is only a wrong one. */
export function uploadOf(c: SurfaceContext): UploadReference {
  const [, id, opening] = upload.exec(c.req.param("upload") ?? "") ?? [];
  if (id !== undefined) return { id, opening };
  throw new RegistryError("upload_unknown", "There is no upload with this id.", {
    suggestions: ["Start a new upload."],
  });
}

/** A digest from the query. Errors: `digest_invalid`, also when it is missing. */
export function queryDigest(c: SurfaceContext, name: string): Digest {
  const text = c.req.query(name);
  if (text) return parseDigest(text);
  throw new RegistryError("digest_invalid", `The query parameter "${name}" is missing.`, {
    suggestions: [`Add ?${name}=sha256:<hex> to the URL, keeping what the Location header had.`],
  });
}

/** The path of a manifest, blob or upload: clients resolve it against the URL they used. */
export function locationOf(parts: RepositoryParts, rest: string): string {
  return `/v2/${parts.repository}/${rest}`;
}

/** How the path names an upload. Not in the query: clients add to that, and not all look whether there is one. */
export function uploadName({ id, opening }: UploadReference): string {
  return opening === undefined ? id : `${id}.${opening}`;
}

/** How many entries a list call wants. Errors: `invalid_request`. */
export function pageSize(c: SurfaceContext, most: number): number {
  const text = c.req.query("n");
  if (text === undefined) return most;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), most);
  throw new RegistryError("invalid_request", `n=${text.slice(0, 20)} is not a number.`, {
    suggestions: ["Use n=100."],
  });
}

/** Adds the Link to the next page (RFC 8288), keeping the path and the other parameters. */
export function linkNext(c: SurfaceContext, parameters: Readonly<Record<string, string | undefined>>): void {
  const url = new URL(c.req.url);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  c.header("Link", `<${url.pathname}${url.search}>; rel="next"`);
}
