import { organisationOfSso } from "../sso.ts";
import type { OrgPolicy, PolicyReason } from "./policy.ts";

/** What is known about whoever asks. */
export interface MemberFacts {
  /** Set for the run of a CI system: no person, so what is demanded of persons does not concern it. */
  readonly publisher: boolean;
  /** Whether the account has a confirmed second factor. */
  readonly secondFactor: boolean;
  /** How the credential's owner signed in; null when the credential does not tell. */
  readonly signIn: string | null;
  /** An owner with a password and a second factor in one session: the way in when the organisation's sign-in fails. */
  readonly breaksGlass?: boolean;
  /** Whether the request comes from one of these networks; false when nobody knows where it comes from. */
  readonly comesFrom: (networks: readonly string[]) => boolean;
}

const signedInAsAsked = (ways: readonly string[], { signIn, breaksGlass }: MemberFacts) =>
  (signIn !== null && ways.includes(signIn)) ||
  (breaksGlass === true && ways.some((one) => organisationOfSso(one) !== undefined));

/**
 * The demands of an organisation that the caller does not meet: while there is one, their role counts for nothing.
 * Every surface judges by this and nothing else.
 */
export function judgeMember(policy: OrgPolicy, facts: MemberFacts): PolicyReason[] {
  const reasons: PolicyReason[] = [];
  if (policy.secondFactor && !facts.publisher && !facts.secondFactor) {
    reasons.push({
      code: "second-factor",
      message: "It demands a second factor, and your account has none.",
      suggestion: "Add a passkey or a one-time code to your account.",
    });
  }
  if (policy.signIn && !facts.publisher && !signedInAsAsked(policy.signIn, facts)) {
    reasons.push({
      code: "sign-in",
      message: `It takes only people who signed in with ${policy.signIn.join(" or ")}.`,
      suggestion: "Sign in that way, and use the session or a key that was made in it.",
    });
  }
  if (policy.networks && !facts.comesFrom(policy.networks)) {
    reasons.push({
      code: "network",
      message: "It may not be used from your network.",
      suggestion: "Connect from one of its networks, or ask an owner to add yours.",
    });
  }
  return reasons;
}
