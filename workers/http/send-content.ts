import { RegistryError } from "../../core/errors.ts";
import type { ByteRange } from "../storage/index.ts";
import { matchesEtag, parseRange } from "./ranges.ts";
import type { SurfaceContext } from "./surface.ts";

/** Content that never changes under its digest. */
export interface ImmutableContent {
  readonly digest: string;
  readonly size: number;
  readonly isPublic: boolean;
  open(range: ByteRange): Promise<ReadableStream<Uint8Array>>;
}

const year = 31_536_000;

/** Caches may keep what strangers may read; what is private stays with the client that fetched it. */
export function immutableCaching(isPublic: boolean): string {
  return `${isPublic ? "public" : "private"}, max-age=${year}, immutable, no-transform`;
}

/**
 * Answers GET and HEAD for content with ETag, Range and conditional requests. HEAD and 304 never open the body.
 * Errors: `range_unsatisfiable`.
 */
export async function sendContent(
  c: SurfaceContext,
  content: ImmutableContent,
  extra: Readonly<Record<string, string>>,
): Promise<Response> {
  const etag = `"${content.digest}"`;
  const headers: Record<string, string> = {
    // Always named: a response without a type would be compressed on the way and lose its length.
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
    "Cache-Control": immutableCaching(content.isPublic),
    ETag: etag,
    ...extra,
  };
  if (matchesEtag(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const ifRange = c.req.header("if-range");
  // Range is defined for GET alone (RFC 9110, section 14.2): HEAD tells the size of the whole.
  const ranged = c.req.method === "GET" && (!ifRange || ifRange === etag);
  const range = ranged ? parseRange(c.req.header("range"), content.size) : undefined;
  if (range === "unsatisfiable") {
    throw new RegistryError("range_unsatisfiable", `The content has ${content.size} bytes; the range lies outside.`, {
      details: { size: content.size },
      suggestions: [`Ask for bytes below ${content.size}.`],
    });
  }
  const part = range ?? { offset: 0, length: content.size };
  headers["Content-Length"] = String(part.length);
  if (range) headers["Content-Range"] = `bytes ${part.offset}-${part.offset + part.length - 1}/${content.size}`;
  const status = range ? 206 : 200;
  if (c.req.method === "HEAD" || part.length === 0) return new Response(null, { status, headers });
  return new Response(await content.open(part), { status, headers });
}
