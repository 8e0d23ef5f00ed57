import type { JsonValue } from "./json.ts";

/**
 * JSON with sorted keys and no spaces (RFC 8785: key order by UTF-16 code units, numbers and texts as ECMAScript
 * writes them). The same value gives the same bytes everywhere, so a config blob has one digest.
 * Throws `TypeError` for what JSON cannot say (NaN, infinities, lone surrogates).
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("JSON has no NaN and no infinity");
  if (typeof value === "string" && !value.isWellFormed())
    throw new TypeError("text with a lone surrogate has no canonical form");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonicalJson).join(",")}]`;
  const members = Object.entries(value as Record<string, JsonValue>)
    .toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** `canonicalJson` as UTF-8 bytes. */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
