import type { ByteRange } from "../storage/index.ts";

/**
 * Reads a Range header against a body of `size` bytes (RFC 9110, section 14). Undefined means: answer the whole body,
 * because there is no range, its unit is unknown, it is malformed, or it asks for several parts at once.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.trim() ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), size);
    return length > 0 ? { offset: size - length, length } : "unsatisfiable";
  }
  const offset = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return offset < size && offset <= end ? { offset, length: end - offset + 1 } : "unsatisfiable";
}

/** True when If-None-Match names the tag, compared weakly (RFC 9110, section 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);
}
