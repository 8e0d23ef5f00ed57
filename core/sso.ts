/**
 * How an organisation's own sign-in is called where the operator's providers have their ids: in sessions, in policies and
 * in callback addresses. No operator's id holds a colon, and no organisation has another one's id.
 */
export const ssoProviderId = (namespaceId: string) => `sso:${namespaceId}`;

/** The organisation whose sign-in this id names; undefined for the operator's providers. */
export function organisationOfSso(id: string): string | undefined {
  return id.startsWith("sso:") ? id.slice("sso:".length) : undefined;
}

/**
 * Under what an identity of an organisation's provider is known. Who runs an organisation chooses the issuer, and may run
 * it too: its word opens only accounts that were made or linked through this organisation and this issuer, never
 * those of the operator's providers or of another organisation that names the same issuer.
 */
export const ssoIdentityIssuer = (namespaceId: string, issuer: string) => `${ssoProviderId(namespaceId)}:${issuer}`;
