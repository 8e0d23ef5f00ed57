import type { Handle, Repository } from "../../../core/identifiers.ts";

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
}

export interface Anonymous {
  readonly kind: "anonymous";
  /** Present when an anonymous client carries a registry token; it grants nothing that is not public. */
  readonly token?: { readonly grants: readonly RepositoryGrant[]; readonly catalog: boolean };
}

/** How a user proved who they are. */
export type Credential =
  | { readonly kind: "session"; readonly expiresAt: Date }
  | { readonly kind: "api-key"; readonly id: string; readonly name: string; readonly expiresAt: Date | null }
  | {
      readonly kind: "registry-token";
      readonly expiresAt: Date;
      readonly grants: readonly RepositoryGrant[];
      readonly catalog: boolean;
    }
  | { readonly kind: "password" };

export interface User {
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
