/** An API key or session token, or a handle with its password (only the OCI endpoints take the latter). */
export type Credential = string | { readonly token: string } | { readonly handle: string; readonly secret: string };

/** The `Authorization` header's value. */
export function authorizationOf(credential: Credential): string {
  if (typeof credential === "string") return `Bearer ${credential}`;
  if ("token" in credential) return `Bearer ${credential.token}`;
  const bytes = new TextEncoder().encode(`${credential.handle}:${credential.secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
