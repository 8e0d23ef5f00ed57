/** What a directory says of a person. */
export interface PersonAttributes {
  readonly userName: string;
  readonly externalId: string | null;
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly email: string | null;
  readonly active: boolean;
}

/** A person of an organisation's directory. */
export interface Person extends PersonAttributes {
  readonly id: string;
  /** Whether the directory told of them; else they came through single sign-on by themselves. */
  readonly provisioned: boolean;
  /** Their account; null until they signed in. */
  readonly userId: string | null;
  /** Whether that account is a member now. */
  readonly member: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How somebody is called by the organisation's provider. */
export interface ProvidedPerson {
  readonly subject: string;
  /** Verified by the provider. */
  readonly email?: string | null | undefined;
}

/** A comparison that a list is narrowed by. */
export interface PersonFilter {
  readonly attribute: "id" | "userName" | "externalId" | "displayName" | "email" | "active";
  readonly value: string | boolean;
}
