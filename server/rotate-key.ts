import { existsSync } from "node:fs";
import { join } from "node:path";
import { generateTokenKey, loadSecrets, randomText, saveSecrets } from "./secrets.ts";
import { StartError } from "./start-error.ts";

/** A key that does not sign any more. Its tokens are good until they expire. */
export interface OldKey {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly kid: string;
  /** When it stopped signing. */
  readonly rotatedAt?: string;
}

/** No token lives longer than minutes; a day leaves time for clocks that are wrong. Milliseconds. */
const keepFor = 24 * 60 * 60 * 1000;

/** The public part of a key, from JSON text. */
export function publicPart(text: string): OldKey {
  const { kty, crv, x, kid } = JSON.parse(text) as OldKey;
  // What the registry calls a key without an id.
  return { kty, crv, x, kid: kid ?? x };
}

/**
 * Gives the data folder a new signing key; the old one goes on verifying what it signed, unless `revoke` says that
 * nothing it signed may count any more. What was sealed by the old one stays readable; after a revocation it is sealed
 * anew with a secret that nobody else knows, the next time it is used. Takes effect with the next start. Returns the ids of both keys.
 * Throws `StartError` when the folder has no secrets.
 */
export async function rotateTokenKey(
  dataFolder: string,
  options: { readonly revoke: boolean; readonly now: Date },
): Promise<{ signs: string; verifies: readonly string[] }> {
  if (!existsSync(join(dataFolder, "secrets.json")))
    throw new StartError(`${dataFolder} is not the data folder of a registry: it has no secrets.json.`);
  const secrets = await loadSecrets(dataFolder);
  const tokenKey = await generateTokenKey();
  const earlier = (secrets.oldTokenKeys ?? []).filter(
    ({ rotatedAt }) => rotatedAt !== undefined && options.now.getTime() - Date.parse(rotatedAt) < keepFor,
  );
  const old = options.revoke
    ? []
    : [{ ...publicPart(secrets.tokenKey), rotatedAt: options.now.toISOString() }, ...earlier];
  const sealed = secrets.sealKeys ?? [(JSON.parse(secrets.tokenKey) as { d: string }).d];
  const sealKeys = options.revoke ? [randomText(32), ...sealed] : sealed;
  saveSecrets(dataFolder, { ...secrets, tokenKey, oldTokenKeys: old, sealKeys });
  return { signs: publicPart(tokenKey).kid, verifies: old.map(({ kid }) => kid) };
}
