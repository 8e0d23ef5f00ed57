/** What an owner says of their organisation's own sign-in. */
export interface OrgSsoSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: the one that is stored stays; null: a public client. */
  readonly clientSecret?: string | null;
  /** Only people with a verified address in one of them; null: all. */
  readonly domains: readonly string[] | null;
  /** What people become at their first sign-in. */
  readonly role: "admin" | "write" | "read";
  /** By what a person of the directory (SCIM) is known. */
  readonly match: "subject" | "email" | "object-id";
  /** Whether roles count only for who signed in with it. */
  readonly enforced: boolean;
}

/** An organisation's own sign-in, as the registry keeps it. */
export interface OrgSso extends Omit<OrgSsoSettings, "clientSecret"> {
  /** What sessions and policies call it. */
  readonly provider: string;
  readonly hasSecret: boolean;
  /** To be registered at the provider, exactly so. */
  readonly callback: string;
  readonly signIn: string;
  /** Base address for the directory. */
  readonly scim: string;
  readonly updatedBy: string;
  readonly updatedAt: string;
}

export interface ScimToken {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}
