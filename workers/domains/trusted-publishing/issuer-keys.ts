import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { RegistryError } from "../../../core/errors.ts";

/** How long an issuer may take for one answer, and how long the answer may be. */
const timeout = 5_000;
const maxBytes = 256 * 1024;
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

/** Fetches a document of an issuer that the operator named: no redirects, a bounded time, a bounded length. */
async function fetchBounded(url: string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(timeout);
  const response = await fetch(url, { ...init, redirect: "manual", signal });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new Error(`${url} answers more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
  return new Response(Buffer.concat(chunks), { status: 200 });
}

/** Where an issuer may keep its keys: at an https address by name, or beside itself. */
function assertKeysAddress(issuer: string, address: string): void {
  const url = new URL(address);
  if (url.origin === new URL(issuer).origin) return;
  const named = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/i.test(url.hostname);
  if (url.protocol !== "https:" || url.port !== "" || url.username !== "" || !named)
    throw new Error(`${issuer} keeps its keys at an address that is not allowed`);
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetchBounded(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const document = discovery.parse(await answer.json());
  if (document.issuer !== issuer) throw new Error(`${issuer} calls itself ${document.issuer}`);
  assertKeysAddress(issuer, document.jwks_uri);
  return createRemoteJWKSet(new URL(document.jwks_uri), {
    timeoutDuration: timeout,
    cacheMaxAge: keysLifetime,
    cooldownDuration: refreshPause,
    [customFetch]: fetchBounded,
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
