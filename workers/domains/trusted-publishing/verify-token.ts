import { decodeJwt, errors, jwtVerify } from "jose";
import { RegistryError } from "../../../core/errors.ts";
import type { Issuer } from "../../../core/oidc-issuers.ts";
import type { Context } from "../../context.ts";
import type { Claims } from "./identity.ts";
import { issuerKeys, keysFailed } from "./issuer-keys.ts";

/** Signatures only: no `none`, and no secret that an issuer could share with us. */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
/** Seconds that clocks may differ. */
const clockTolerance = 30;
/** Jobs may wait and work for hours before they publish; older tokens are refused whatever they say of themselves. */
const maxTokenAge = "12h";

const refused = (message: string, cause?: unknown) =>
  new RegistryError("unauthenticated", message, {
    cause,
    suggestions: [
      "Ask the CI system for a fresh ID token with the audience that GET /api/v1/auth/oidc/audience tells, and send it once.",
    ],
  });

export interface VerifiedToken {
  readonly issuer: Issuer;
  readonly id: string;
  readonly expiresAt: Date;
  readonly claims: Claims;
}

/** Finds the issuer that the token names among those of the configuration. What it names is not believed yet. */
function issuerOf(ctx: Context, token: string): Issuer {
  let claimed: unknown;
  try {
    claimed = decodeJwt(token).iss;
  } catch (cause) {
    throw refused("This is no ID token.", cause);
  }
  const issuer = ctx.settings.oidcIssuers.find(({ url }) => url === claimed);
  if (!issuer) throw refused("This registry does not trust the token's issuer.");
  return issuer;
}

/**
 * Verifies an ID token: a configured issuer, its signature, that it is meant for this registry, and its times. Whether it
 * was used before is the caller's to ask. Errors: `unauthenticated`; `unavailable` when the issuer does not answer.
 */
export async function verifyToken(ctx: Context, token: string): Promise<VerifiedToken> {
  const issuer = issuerOf(ctx, token);
  const keys = keysFailed(issuer.url, await issuerKeys(issuer.url));
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      clockTolerance,
      maxTokenAge,
      issuer: issuer.url,
      audience: ctx.settings.service,
      requiredClaims: ["iss", "aud", "sub", "exp", "iat", "jti"],
      currentDate: new Date(ctx.now()),
    });
    const { jti = "", exp = 0 } = payload;
    // For one audience alone: a token that several registries accept could be replayed by any of them.
    if (Array.isArray(payload.aud) && payload.aud.length !== 1)
      throw refused("The token is not for this registry alone.");
    if (typeof jti !== "string" || jti === "" || jti.length > 500) throw refused("The token has no usable id (jti).");
    return { issuer, id: jti, expiresAt: new Date((exp + clockTolerance) * 1000), claims: payload };
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    if (cause instanceof errors.JWTExpired) throw refused("The token has expired.", cause);
    throw refused("The token is not valid here.", cause);
  }
}
