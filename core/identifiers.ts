import { RegistryError } from "./errors.ts";
import { skeleton } from "./names/skeleton.ts";

declare const brand: unique symbol;

/** Name of a user or an organisation: one space for both. 1-39 characters, `a-z 0-9` with single inner `-`. */
export type Handle = string & { readonly [brand]: "Handle" };
/** Name of an artifact inside a namespace: what is legal both in npm and as an OCI path component. */
export type ArtifactName = string & { readonly [brand]: "ArtifactName" };
/** `users/<handle>` or `orgs/<handle>`. */
export type NamespacePath = string & { readonly [brand]: "NamespacePath" };
/** OCI repository: `<namespace path>/<artifact name>`. */
export type Repository = string & { readonly [brand]: "Repository" };

export type NamespaceKind = "users" | "orgs";

export interface RepositoryParts {
  readonly kind: NamespaceKind;
  readonly handle: Handle;
  readonly namespace: NamespacePath;
  readonly name: ArtifactName;
  readonly repository: Repository;
}

const handlePattern = /^[a-z0-9](?:-?[a-z0-9]){0,38}$/;
/** OCI distribution-spec `<name>` component, which is a subset of what npm accepts. */
const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const maxNameLength = 128;

/** Handles that would be confused with routes, roles or the registry itself. */
const reservedHandles = new Set([
  "about",
  "abuse",
  "account",
  "admin",
  "administrator",
  "api",
  "assets",
  "auth",
  "billing",
  "blobs",
  "catalog",
  "dashboard",
  "dev",
  "docs",
  "explore",
  "gati",
  "gati-registry",
  "graphql",
  "health",
  "help",
  "home",
  "latest",
  "legal",
  "library",
  "login",
  "logout",
  "manifests",
  "marketplace",
  "me",
  "modules",
  "new",
  "npm",
  "null",
  "oauth",
  "official",
  "operator",
  "org",
  "organization",
  "organizations",
  "orgs",
  "privacy",
  "ready",
  "registry",
  "root",
  "search",
  "security",
  "settings",
  "setup",
  "signin",
  "signup",
  "staff",
  "static",
  "status",
  "support",
  "system",
  "tags",
  "teams",
  "terms",
  "token",
  "undefined",
  "uploads",
  "user",
  "users",
  "v1",
  "v2",
  "verify",
  "www",
]);

const reservedSkeletons = new Map([...reservedHandles].map((word) => [skeleton(word), word]));

/** The reserved word that a handle could be taken for; undefined when it is none and looks like none. */
export function reservedWordLike(handle: Handle): string | undefined {
  return reservedHandles.has(handle) ? handle : reservedSkeletons.get(skeleton(handle));
}

export function isHandle(text: string): text is Handle {
  return handlePattern.test(text);
}

/** Parses a handle. Throws `name_invalid`. Reserved handles parse; `assertClaimable` refuses them. */
export function parseHandle(text: string): Handle {
  if (isHandle(text)) return text;
  throw new RegistryError("name_invalid", `"${text.slice(0, 80)}" is not a valid handle.`, {
    suggestions: [
      "Use 1 to 39 lower-case letters, digits and single hyphens, starting and ending with a letter or digit.",
    ],
  });
}

/** Throws `name_taken` when the handle may not be claimed by anyone. */
export function assertClaimable(handle: Handle): void {
  if (!reservedHandles.has(handle)) return;
  throw new RegistryError("name_taken", `The handle "${handle}" is reserved.`, {
    suggestions: ["Choose another handle."],
  });
}

export function isArtifactName(text: string): text is ArtifactName {
  return text.length <= maxNameLength && namePattern.test(text);
}

/** Parses an artifact name. Throws `name_invalid`. */
export function parseArtifactName(text: string): ArtifactName {
  if (isArtifactName(text)) return text;
  throw new RegistryError("name_invalid", `"${text.slice(0, 160)}" is not a valid artifact name.`, {
    suggestions: [
      `Use at most ${maxNameLength} lower-case letters and digits, separated by ".", "_", "__" or "-", starting and ending with a letter or digit.`,
    ],
  });
}

export function namespacePath(kind: NamespaceKind, handle: Handle): NamespacePath {
  return `${kind}/${handle}` as NamespacePath;
}

/** Parses `users/<handle>` or `orgs/<handle>`. Throws `name_invalid`. */
export function parseNamespacePath(text: string): { kind: NamespaceKind; handle: Handle; namespace: NamespacePath } {
  const [kind, handle, ...rest] = text.split("/");
  if ((kind === "users" || kind === "orgs") && handle !== undefined && rest.length === 0) {
    const parsed = parseHandle(handle);
    return { kind, handle: parsed, namespace: namespacePath(kind, parsed) };
  }
  throw new RegistryError("name_invalid", `"${text.slice(0, 160)}" is not a namespace.`, {
    suggestions: ["A namespace is users/<handle> or orgs/<handle>."],
  });
}

export function repositoryParts(kind: NamespaceKind, handle: Handle, name: ArtifactName): RepositoryParts {
  const namespace = namespacePath(kind, handle);
  return { kind, handle, namespace, name, repository: `${namespace}/${name}` as Repository };
}

export function isRepository(text: string): text is Repository {
  const [kind, handle, name, ...rest] = text.split("/");
  return (
    (kind === "users" || kind === "orgs") && isHandle(handle ?? "") && isArtifactName(name ?? "") && rest.length === 0
  );
}

/** Parses an OCI repository name of this registry. Throws `name_invalid` and says what form is expected. */
export function parseRepository(text: string): RepositoryParts {
  const [kind, handle, name, ...rest] = text.split("/");
  if ((kind === "users" || kind === "orgs") && handle !== undefined && name !== undefined && rest.length === 0) {
    return repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
  }
  throw new RegistryError("name_invalid", `"${text.slice(0, 200)}" is not a repository of this registry.`, {
    suggestions: ["A repository is users/<handle>/<name> or orgs/<handle>/<name>."],
  });
}
