import type { Handle, NamespacePath, Repository } from "../../../core/identifiers.ts";

/** What a credential may be used for. `publish` includes `read`; `admin` includes both. */
export const scopes = ["read", "publish", "admin"] as const;
export type Scope = (typeof scopes)[number];

export function isScope(text: unknown): text is Scope {
  return typeof text === "string" && (scopes as readonly string[]).includes(text);
}

/** Actions of a registry token on one repository, in the words of the distribution project's token protocol. */
export type RepositoryAction = "pull" | "push" | "delete";

export interface RepositoryGrant {
  readonly repository: Repository;
  readonly actions: readonly RepositoryAction[];
  /** What the client asked for: tells a refusal from a token that never asked. */
  readonly requested: readonly string[];
  /** The user had no role there when the token was issued, and reads what everybody reads. */
  readonly outsider?: boolean | undefined;
}

export interface Anonymous {
  readonly kind: "anonymous";
  /** Present when an anonymous client carries a registry token; it grants nothing that is not public. */
  readonly token?: { readonly grants: readonly RepositoryGrant[]; readonly catalog: boolean };
}

/** How a user proved who they are. */
export type Credential =
  | {
      readonly kind: "session";
      readonly id: string;
      readonly expiresAt: Date;
      /** What the session rests on, in the words of `Proof`. How the person signed in is `signIn` of the bounds. */
      readonly methods?: readonly string[];
    }
  | { readonly kind: "api-key"; readonly id: string; readonly name: string; readonly expiresAt: Date | null }
  | {
      readonly kind: "registry-token";
      readonly expiresAt: Date;
      readonly grants: readonly RepositoryGrant[];
      readonly catalog: boolean;
      /** Session that it was issued to: it ends with that. */
      readonly sessionId?: string | undefined;
    }
  | { readonly kind: "trusted-publisher"; readonly expiresAt: Date; readonly grants: readonly RepositoryGrant[] }
  | { readonly kind: "password" };

/** Namespaces (`users/x`) and artifacts (`users/x/name`): what a narrowed credential is for. */
export type Reach = readonly string[];

/** What a token rests on: when that ends, the token counts for nothing, whatever its own time. */
export type Basis =
  | { readonly kind: "api-key"; readonly id: string; readonly generation: number }
  | { readonly kind: "publisher-rules"; readonly ids: readonly string[] };

/** The run of a CI system that publishes by rules instead of a user. */
export interface Publisher {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** Repository or project at the CI system. */
  readonly source: string;
  readonly workflow: string | null;
  readonly environment: string | null;
  readonly run: string | null;
  /** Commit. */
  readonly revision: string | null;
}

/** What narrows a credential. Tokens that are bought with it carry the same bounds. */
export interface Bounds {
  /** Undefined: everything that the user may reach. */
  readonly reach?: Reach | undefined;
  /** Undefined: usable from everywhere. */
  readonly networks?: readonly string[] | undefined;
  readonly basis?: Basis | undefined;
  /** When the person proved a second factor for this very credential; milliseconds. Sessions keep it in their row. */
  readonly factorAt?: number | undefined;
  /**
   * How the person signed in: `password`, or the provider or issuer of a sign-in elsewhere. Undefined: the credential does
   * not tell, which counts as none of them where an organisation demands one.
   */
  readonly signIn?: string | undefined;
  /** Set when no person asks. Then `userId` and `handle` name the publisher, and no account has them. */
  readonly publisher?: Publisher | undefined;
}

export interface User extends Bounds {
  readonly kind: "user";
  readonly userId: string;
  readonly handle: Handle;
  readonly operator: boolean;
  readonly scopes: readonly Scope[];
  readonly credential: Credential;
}

/** Who asks. */
export type Actor = Anonymous | User;

export const anonymous: Anonymous = { kind: "anonymous" };

/** True when the credential carries the scope or one that includes it. */
export function hasScope(actor: Actor, scope: Scope): boolean {
  if (actor.kind === "anonymous") return false;
  const rank = scopes.indexOf(scope);
  return actor.scopes.some((held) => scopes.indexOf(held) >= rank);
}

/**
 * True when the credential is for this namespace or artifact. Outside of it its user counts as a stranger who is signed
 * in: what is public is open to them, and what is private does not exist. A namespace covers its artifacts; an artifact
 * does not cover its namespace.
 */
export function reaches(actor: Actor, place: NamespacePath | Repository): boolean {
  if (actor.kind === "anonymous") return false;
  return actor.reach?.some((one) => place === one || place.startsWith(`${one}/`)) ?? true;
}
