import { RegistryError } from "../../../core/errors.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { type Actor, hasScope, reaches, type RepositoryAction, type RepositoryGrant } from "../auth/index.ts";
import type { PolicyReason } from "../../../core/org-policies/policy.ts";
import { includesRole, type Role } from "./roles.ts";
import { withheldRole } from "./standing.ts";
import type { Visibility } from "./store.ts";

/** What decides about a repository: its namespace, the artifact if it exists yet, and the asking user's role. */
export interface RepositoryAccess {
  readonly repository: Repository;
  readonly namespaceVisibility: Visibility;
  readonly artifactVisibility: Visibility | null;
  /** Highest of the membership and of the teams' grants, while the namespace's policy lets it count. */
  readonly role: Role | null;
  /** Why a role that the user holds does not count. */
  readonly withheld?: readonly PolicyReason[];
}

const writes = (role: Role | null) => includesRole(role, "write");

/** How an unknown name answers; private things use the very same words, so that nobody can tell them apart. */
export function unknownName(repository: string): RegistryError {
  return new RegistryError("name_unknown", `There is no "${repository}" here, or you may not see it.`, {
    suggestions: ["Check the spelling.", "If it is private, sign in with an account that may read it."],
  });
}

/**
 * True when strangers may read it. A name under which nothing is published is open to members alone: it answers
 * strangers like a private one, and blobs that were uploaded for a coming version stay inside until it is published.
 */
export function isPublic(access: Pick<RepositoryAccess, "namespaceVisibility" | "artifactVisibility">): boolean {
  return access.namespaceVisibility === "public" && access.artifactVisibility === "public";
}

/** The role in which the caller comes: none where the credential does not reach. All judgements begin here. */
function roleOf(actor: Actor, access: RepositoryAccess): Role | null {
  return reaches(actor, access.repository) ? access.role : null;
}

/** True when the caller reads by a role and not as everybody: the credential reaches, and a token was granted the pull. */
export function readsAsMember(actor: Actor, access: RepositoryAccess): boolean {
  if (roleOf(actor, access) === null || !hasScope(actor, "read")) return false;
  const grants = grantsOf(actor);
  return grants === undefined || covers(grants, access.repository, "pull");
}

/** What role and reach allow. `null` access means that there is no such namespace. */
export function allowedActions(actor: Actor, access: RepositoryAccess | null): RepositoryAction[] {
  if (access === null) return [];
  const actions: RepositoryAction[] = [];
  const role = roleOf(actor, access);
  if (isPublic(access) || (role !== null && hasScope(actor, "read"))) actions.push("pull");
  if (writes(role) && hasScope(actor, "publish")) actions.push("push", "delete");
  if (actor.kind === "anonymous" || actor.credential.kind !== "trusted-publisher") return actions;
  // A rule lets publish and nothing else, and so does what is bought with its token.
  const { grants } = actor.credential;
  return actions.filter((one) => one === "pull" || covers(grants, access.repository, one));
}

const covers = (grants: readonly RepositoryGrant[], repository: Repository, action: RepositoryAction) =>
  grants.some((grant) => grant.repository === repository && grant.actions.includes(action));

function grantsOf(actor: Actor): readonly RepositoryGrant[] | undefined {
  if (actor.kind === "anonymous") return actor.token?.grants;
  return actor.credential.kind === "registry-token" ? actor.credential.grants : undefined;
}

/**
 * Decides whether the caller may do this, and throws otherwise. A private repository that the caller may not read
 * answers like one that does not exist.
 * Errors: `name_unknown`, `unauthenticated`, `denied`, `insufficient_scope`.
 */
export function assertMay(
  actor: Actor,
  repository: Repository,
  access: RepositoryAccess | null,
  action: RepositoryAction,
): asserts access is RepositoryAccess {
  const grants = grantsOf(actor);
  const grant = grants?.find((candidate) => candidate.repository === repository);
  const allowed = allowedActions(actor, access);
  const open = action === "pull" && access !== null && isPublic(access);
  // A registry token narrows what its user may do now; a right that ended after it was issued has ended for it too.
  const actions = grants && !open ? allowed.filter((one) => grant?.actions.includes(one)) : allowed;
  if (access !== null && actions.includes(action)) return;
  // A token that never asked for this can be exchanged for one that does; one that asked and was refused cannot.
  if (grants && !grant?.requested.some((asked) => asked === action || asked === "*")) {
    throw new RegistryError("insufficient_scope", `The token does not cover "${action}" on ${repository}.`, {
      details: { repository, action },
      suggestions: ["Ask the token endpoint for this repository and action."],
    });
  }
  // Told to members alone, and only where their credential reaches.
  if (access?.withheld?.length && reaches(actor, repository)) throw withheldRole(repository, access.withheld);
  if (action === "pull") throw unknownName(repository);
  if (actor.kind === "anonymous") throw signInFirst(action);
  // From here on only the namespace counts: the answer must not tell a private artifact from a name nobody uses.
  const role = access && roleOf(actor, access);
  if (access === null || (access.namespaceVisibility === "private" && role === null)) throw unknownName(repository);
  if (writes(role) && !grants) {
    throw new RegistryError(
      "insufficient_scope",
      `This credential may not ${action}; its scopes are ${actor.scopes.join(", ")}.`,
      {
        details: { needed: "publish", held: actor.scopes },
        suggestions: ['Use an API key with the scope "publish".'],
      },
    );
  }
  throw new RegistryError("denied", `You may not ${action} to ${repository}.`, {
    details: { repository, action },
    suggestions: ["Use a namespace of your own (users/<your handle>), or ask an owner of this one for the role write."],
  });
}

function signInFirst(action: RepositoryAction): RegistryError {
  return new RegistryError("unauthenticated", `To ${action} you have to be signed in.`, {
    suggestions: ["Run `gati login`, or sign in with your OCI client."],
  });
}
