import { RegistryError } from "../errors.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Where a value stands in the document, as people write it: `gati.dependencies["@a/b"]`. */
export type Path = string;

export function at(path: Path, key: string | number): Path {
  if (typeof key === "number") return `${path}[${key}]`;
  if (/^[A-Za-z_$][\w$]*$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}

/** The error for a manifest field that cannot be read: names the field, what was found and what would be right. */
export function invalidField(
  path: Path,
  problem: string,
  suggestions: readonly string[],
  cause?: unknown,
): RegistryError {
  return new RegistryError("manifest_invalid", `The Gati manifest's field ${path || "(root)"} ${problem}.`, {
    details: { path },
    suggestions,
    cause,
  });
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readObject(value: unknown, path: Path): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalidField(path, "must be an object", [`Write ${path || "the manifest"} as a JSON object: { … }.`]);
}

export function readList(value: unknown, path: Path): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw invalidField(path, "must be a list", [`Write ${path} as a JSON array: [ … ].`]);
}

/** Reads a text, trimmed. Empty and over-long texts are refused. */
export function readText(value: unknown, path: Path, maxLength = 10_000): string {
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text === undefined || text === "") {
    throw invalidField(path, "must be a text that is not empty", [
      `Write ${path} as a JSON string, or leave it out if it is optional.`,
    ]);
  }
  if (text.length > maxLength) {
    throw invalidField(path, `has ${text.length} characters, and ${maxLength} is the limit`, [`Shorten ${path}.`]);
  }
  return text;
}

/** Builds an object from entries. `__proto__` stays an ordinary key, so that a manifest cannot reach a prototype. */
export function objectOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const target: Record<string, T> = {};
  for (const [key, value] of entries) {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return target;
}

/** The object without the keys that were understood. */
export function without(source: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return objectOf(Object.entries(source).filter(([key]) => !keys.has(key)));
}
