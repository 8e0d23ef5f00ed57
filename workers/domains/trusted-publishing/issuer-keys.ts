import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { RegistryError } from "../../../core/errors.ts";
import { outsideUrl } from "../../../core/outside-urls.ts";
import { fetchOutside, outsideTimeout } from "../../adapters/outside-fetch.ts";

/** Keys are asked for again after ten minutes, and earlier for a key that is not among them: every 5 s at most. */
const keysLifetime = 10 * 60_000;
const refreshPause = 5_000;
const discoveryLifetime = 60 * 60_000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

const unreachable = (issuer: string, cause: unknown) =>
  new RegistryError("unavailable", `The issuer ${issuer} does not answer as it should.`, {
    cause,
    suggestions: ["Repeat the call with the same token; it was not used up."],
  });

/** A document of an issuer that the operator named, or of where it keeps its keys. */
async function fetchDocument(url: string, beside: string): Promise<Response> {
  const answer = await fetchOutside(url, { beside });
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  return answer;
}

/** Keys are at an https address by name, or beside the issuer itself. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const beside = new URL(issuer).origin;
  const answer = await fetchDocument(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, beside);
  const document = discovery.parse(await answer.json());
  if (document.issuer !== issuer) throw new Error(`${issuer} calls itself ${document.issuer}`);
  return createRemoteJWKSet(outsideUrl(document.jwks_uri, { beside }), {
    timeoutDuration: outsideTimeout,
    cacheMaxAge: keysLifetime,
    cooldownDuration: refreshPause,
    [customFetch]: (url) => fetchDocument(url, beside),
  });
}

/** By issuer; only those that the operator configured get here. */
const known = new Map<string, { readonly keys: JWTVerifyGetKey; readonly until: number }>();

/** The keys of an issuer, by its discovery document. Errors: `unavailable`. */
export async function issuerKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const found = known.get(issuer);
  if (found && found.until > Date.now()) return found.keys;
  try {
    const keys = await discover(issuer);
    known.set(issuer, { keys, until: Date.now() + discoveryLifetime });
    return keys;
  } catch (cause) {
    throw unreachable(issuer, cause);
  }
}

/** Tells an issuer that fails from a token that is wrong. */
export function keysFailed(issuer: string, keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      const code = (cause as { code?: string }).code ?? "";
      if (/^ERR_JWKS_(?:NO_MATCHING_KEY|MULTIPLE_MATCHING_KEYS)$|^ERR_JOSE_(?:ALG|NOT)/.test(code)) throw cause;
      throw unreachable(issuer, cause);
    }
  };
}
