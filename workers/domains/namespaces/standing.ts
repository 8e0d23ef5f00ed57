import { judgeMember } from "../../../core/org-policies/judge-member.ts";
import type { OrgPolicy, PolicyReason } from "../../../core/org-policies/policy.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { type Actor, isWithin } from "../auth/index.ts";
import type { Role } from "./roles.ts";

/** What a namespace holds of a caller, as it is read from the database. */
export interface Held {
  /** Highest of the membership and of what teams were granted; null for outsiders. */
  readonly role: Role | null;
  readonly policy: OrgPolicy | null;
  /** Whether the caller's account has a confirmed second factor; read only where the policy asks. */
  readonly hasFactor: boolean;
}

/** What a caller is, now that the namespace's policy was asked. */
export interface Standing {
  readonly role: Role | null;
  /** Demands that are not met and because of which a role that the caller holds does not count. */
  readonly withheld: readonly PolicyReason[];
}

export type Asking = Pick<Context, "actor" | "source">;

/** How the caller signed in, as far as the credential tells. */
function signInOf(actor: Actor): string | null {
  if (actor.kind === "anonymous") return null;
  return actor.credential.kind === "password" ? "password" : (actor.signIn ?? null);
}

/** A session that was opened with a password and a second factor; no key, and no token that was bought with it. */
function breaksGlass(actor: Actor): boolean {
  if (actor.kind === "anonymous" || actor.credential.kind !== "session" || actor.signIn !== "password") return false;
  const { methods = [] } = actor.credential;
  return methods.includes("password") && methods.includes("second-factor");
}

/** The demands of a policy that the caller does not meet, who holds this role. */
export function unmetDemands(
  { actor, source }: Asking,
  policy: OrgPolicy,
  hasFactor: boolean,
  role?: Role | null,
): PolicyReason[] {
  return judgeMember(policy, {
    publisher: actor.kind === "user" && actor.publisher !== undefined,
    secondFactor: hasFactor,
    signIn: signInOf(actor),
    breaksGlass: role === "owner" && breaksGlass(actor),
    comesFrom: (networks) => isWithin(source, networks),
  });
}

/** The role that counts: none while the caller does not meet what the organisation demands. */
export function standingOf(asking: Asking, { role, policy, hasFactor }: Held): Standing {
  const withheld = role === null || policy === null ? [] : unmetDemands(asking, policy, hasFactor, role);
  return { role: withheld.length > 0 ? null : role, withheld };
}

/** What a member is told whose role does not count. Outsiders never get here. */
export function withheldRole(where: string, withheld: readonly PolicyReason[]): RegistryError {
  return new RegistryError("denied", `Your role in ${where} does not count now. ${withheld[0]?.message ?? ""}`.trim(), {
    details: { unmet: withheld.map(({ code }) => code) },
    suggestions: withheld.map(({ suggestion }) => suggestion),
  });
}
