/** What an organisation demands. Absent demands are `false` or null. */
export interface OrgPolicy {
  /** People need a confirmed second factor for their role to count. */
  readonly secondFactor: boolean;
  /** Ways of signing in that count: `password`, or the issuer or provider of a sign-in. Null: all. */
  readonly signIn: readonly string[] | null;
  /** CIDR networks from which roles count, in the one spelling that the registry keeps. Null: everywhere. */
  readonly networks: readonly string[] | null;
  /** SPDX expressions, one of which a version's licence has to satisfy. Null: any licence, or none. */
  readonly licences: readonly string[] | null;
  /** New content waits until a second person releases it. */
  readonly approval: boolean;
}

export const noDemands: OrgPolicy = {
  secondFactor: false,
  signIn: null,
  networks: null,
  licences: null,
  approval: false,
};

export type PolicyReasonCode = "second-factor" | "sign-in" | "network" | "licence" | "approval";

/** One demand that is not met, and what to do about it. */
export interface PolicyReason {
  readonly code: PolicyReasonCode;
  readonly message: string;
  readonly suggestion: string;
}
