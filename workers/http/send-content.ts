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
  /** Address at which the caller may read it from the store itself, if there is one. */
  address?(disposition: string | undefined): Promise<string | undefined>;
}

const year = 31_536_000;
/** From this size on a second round trip, to the store itself, is cheaper than carrying the bytes. */
const redirectFrom = 1024 * 1024;

/** Caches may keep what strangers may read; what is private stays with the client that fetched it. */
export function immutableCaching(isPublic: boolean): string {
  return `${isPublic ? "public" : "private"}, max-age=${year}, immutable, no-transform`;
}

const redirecting = { "Cache-Control": "no-store", "Content-Length": "0" };

/**
 * Answers GET and HEAD for content with ETag, Range and conditional requests. HEAD and 304 never open the body, and
 * large content is sent for at the store's own address where the store has one.
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
  if (c.req.method === "GET" && content.size >= redirectFrom) {
    const location = await content.address?.(extra["Content-Disposition"]);
    // The client sends its Range again to the address, which is its own and lives for minutes.
    if (location) return new Response(null, { status: 307, headers: { ...extra, ...redirecting, Location: location } });
  }
  const part = range ?? { offset: 0, length: content.size };
  headers["Content-Length"] = String(part.length);
  if (range) headers["Content-Range"] = `bytes ${part.offset}-${part.offset + part.length - 1}/${content.size}`;
  const status = range ? 206 : 200;
  if (c.req.method === "HEAD" || part.length === 0) return new Response(null, { status, headers });
  return new Response(await content.open(part), { status, headers });
}
