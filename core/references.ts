import { type Digest, isDigest } from "./digests.ts";
import { RegistryError } from "./errors.ts";
import { type ArtifactName, type Handle, type NamespaceKind, parseArtifactName, parseHandle } from "./identifiers.ts";

/** OCI distribution-spec: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. */
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The last part of an OCI manifest URL: a digest or a tag. Throws `digest_invalid` or `manifest_invalid`. */
export function parseManifestReference(text: string): { digest: Digest } | { tag: string } {
  if (isDigest(text)) return { digest: text };
  if (text.includes(":")) {
    throw new RegistryError("digest_invalid", `"${text.slice(0, 160)}" is not a digest that this registry knows.`, {
      suggestions: ["Use sha256:<64 lower-case hex digits> or sha512:<128 lower-case hex digits>."],
    });
  }
  if (isTag(text)) return { tag: text };
  throw new RegistryError("manifest_invalid", `"${text.slice(0, 160)}" is not a valid tag.`, {
    suggestions: ["A tag has at most 128 letters, digits, '.', '_' and '-', and does not start with '.' or '-'."],
  });
}

/**
 * What a person writes to name an artifact. `kind` is absent in the short forms, because handles are one space
 * and the registry knows whether one is a user or an organisation. `selector` is a version, a semver range,
 * a label or a digest; absent means the default (`latest`).
 */
export interface ArtifactReference {
  readonly kind?: NamespaceKind;
  readonly handle: Handle;
  readonly name: ArtifactName;
  readonly selector?: string;
}

function splitSelector(text: string): { path: string; selector?: string } {
  // A leading @ belongs to the npm form; the selector's @ comes later. A digest's own colon must not split it.
  const at = text.indexOf("@", 1);
  if (at > 0) return { path: text.slice(0, at), selector: text.slice(at + 1) };
  const slash = text.lastIndexOf("/");
  const colon = text.indexOf(":", slash + 1);
  if (colon > 0) return { path: text.slice(0, colon), selector: text.slice(colon + 1) };
  return { path: text };
}

/**
 * Parses every way of writing an artifact: `gati.dev/users/krishna/user-auth:2.1.0`, `users/krishna/user-auth@^2`,
 * `@krishna/user-auth@2.1.0`, `krishna/user-auth`. A registry host in front is accepted and dropped.
 * Throws `name_invalid`.
 */
export function parseArtifactReference(text: string): ArtifactReference {
  const { path, selector } = splitSelector(text.trim());
  let parts = path.replace(/^@/, "").split("/");
  const first = parts[0] ?? "";
  if (parts.length > 2 && (first.includes(".") || first.includes(":") || first === "localhost")) parts = parts.slice(1);
  let kind: NamespaceKind | undefined;
  if (parts.length === 3 && (parts[0] === "users" || parts[0] === "orgs")) {
    kind = parts[0];
    parts = parts.slice(1);
  }
  const [handle, name, ...rest] = parts;
  if (handle === undefined || name === undefined || rest.length > 0 || selector === "") {
    throw new RegistryError("name_invalid", `"${text.slice(0, 200)}" does not name an artifact.`, {
      suggestions: ["Write handle/name, @handle/name@range or gati.dev/users/<handle>/<name>:<version>."],
    });
  }
  return {
    ...(kind ? { kind } : {}),
    handle: parseHandle(handle),
    name: parseArtifactName(name),
    ...(selector === undefined ? {} : { selector }),
  };
}
