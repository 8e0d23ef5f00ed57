import { RegistryError } from "../../../core/errors.ts";
import { type Actor, hasScope, type Scope, type User } from "./actor.ts";

/**
 * The caller as a signed-in user whose credential carries the scope, for what concerns the whole account: a credential
 * that is narrowed to namespaces or artifacts is refused.
 * Errors: `unauthenticated` for strangers, `insufficient_scope` for a credential that is too narrow.
 */
export function requireUser(actor: Actor, scope: Scope): User {
  const user = requireScope(actor, scope);
  if (user.reach === undefined) return user;
  throw new RegistryError("insufficient_scope", "This call concerns the whole account; the credential is for a part.", {
    details: { needed: scope, heldFor: user.reach },
    suggestions: ["Sign in, or use an API key without a restriction to namespaces or artifacts."],
  });
}

/** As `requireUser`, also for a narrowed credential: the verb has to judge what it reaches (`requireRole` does). */
export function requireScope(actor: Actor, scope: Scope): User {
  if (actor.kind === "anonymous") {
    throw new RegistryError("unauthenticated", "This call needs a signed-in user.", {
      suggestions: ["Run `gati login`, or send an API key as `Authorization: Bearer gati_…`."],
    });
  }
  if (actor.credential.kind === "registry-token" || !hasScope(actor, scope)) {
    throw new RegistryError("insufficient_scope", `This call needs a credential with the scope "${scope}".`, {
      details: { needed: scope, held: actor.scopes },
      suggestions: [`Make an API key with the scope "${scope}", or sign in with the password.`],
    });
  }
  return actor;
}

/** The caller as an operator with the scope admin. Errors: those of `requireUser`, `denied` for everybody else. */
export function requireOperator(actor: Actor): User {
  const user = requireUser(actor, "admin");
  if (user.operator) return user;
  throw new RegistryError("denied", "Only an operator of this registry may do this.", {
    suggestions: ["Sign in with an operator account."],
  });
}
