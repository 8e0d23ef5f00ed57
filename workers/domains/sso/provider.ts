import { RegistryError } from "../../../core/errors.ts";
import { parseHandle } from "../../../core/identifiers.ts";
import { isLoopback, outsideUrl } from "../../../core/outside-urls.ts";
import { organisationOfSso, ssoIdentityIssuer, ssoProviderId } from "../../../core/sso.ts";
import { type ConfiguredProvider, SignInRefused } from "../../adapters/sign-in/index.ts";
import type { Context } from "../../context.ts";
import { openSecret } from "./secret.ts";
import { findSso, findSsoOf, type FoundSso } from "./store.ts";

const scopes = ["openid", "email", "profile"];

/** An organisation's provider, ready to sign in with. */
export interface SsoProvider extends ConfiguredProvider {
  readonly sso: FoundSso;
}

/**
 * The issuer, if an organisation may name it: only https and names of the public Internet, because whoever runs an
 * organisation is not the operator. Loopback is fine where the registry is on loopback itself. Throws a plain Error.
 */
export function allowedIssuer({ settings }: Pick<Context, "settings">, issuer: string): string {
  const { publicOrigin } = settings;
  const loopback = publicOrigin === undefined || isLoopback(new URL(publicOrigin).hostname);
  const { search } = outsideUrl(issuer, { loopback });
  if (search !== "") throw new Error("it has a query");
  return issuer;
}

/** How an organisation's provider is asked. `secret` is given before it is stored. */
export function buildProvider(
  ctx: Context,
  sso: Pick<FoundSso, "namespaceId" | "handle" | "issuer" | "clientId" | "match">,
  secret: string | undefined,
): ConfiguredProvider {
  const { namespaceId, handle, clientId } = sso;
  const id = ssoProviderId(namespaceId);
  const issuer = allowedIssuer(ctx, sso.issuer);
  const name = `the sign-in of ${handle}`;
  const provider = ctx.providerOf({
    id,
    kind: "oidc",
    name,
    issuer,
    api: undefined,
    clientId,
    clientSecret: secret,
    scopes,
    signUp: undefined,
  });
  const own = ssoIdentityIssuer(namespaceId, issuer);
  return {
    about: { id, name, issuer: own, signUp: undefined },
    begin: (attempt) => provider.begin(attempt),
    finish: async (attempt, parameters) => {
      const { objectId, ...identity } = await provider.finish(attempt, parameters);
      const subject = sso.match === "object-id" ? objectId : identity.subject;
      if (subject === undefined) throw new SignInRefused(`${name} says no object id (the claim oid).`);
      return { ...identity, subject, issuer: own };
    },
  };
}

async function ready(ctx: Context, sso: FoundSso): Promise<SsoProvider> {
  const secret = await openSecret(ctx, sso);
  try {
    return { ...buildProvider(ctx, sso, secret), sso };
  } catch (cause) {
    throw new RegistryError("unavailable", "The organisation's sign-in may not be asked from here.", {
      cause,
      suggestions: ["An owner sets it again: gati org sso set."],
    });
  }
}

/** The organisation's provider of this id; undefined when the id names none. */
export async function ssoProviderOf(ctx: Context, id: string): Promise<SsoProvider | undefined> {
  const namespaceId = organisationOfSso(id);
  const sso = namespaceId === undefined ? undefined : await findSso(ctx.db, namespaceId);
  return sso && ready(ctx, sso);
}

/**
 * What the sign-in page of an organisation needs. Open to everybody: whoever wants to sign in is nobody yet, so that an
 * organisation has a sign-in of its own is no secret. Errors: `name_invalid`, `name_unknown`.
 */
export async function ssoEntry(ctx: Context, handle: string): Promise<{ id: string; handle: string }> {
  const sso = await findSsoOf(ctx.db, parseHandle(handle));
  if (sso) return { id: ssoProviderId(sso.namespaceId), handle: sso.handle };
  throw new RegistryError("name_unknown", `No organisation "${handle}" has a sign-in of its own here.`, {
    suggestions: ["Check the spelling, or sign in another way."],
  });
}
