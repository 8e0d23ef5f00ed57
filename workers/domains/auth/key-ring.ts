import { type CryptoKey, importJWK, type JWK } from "jose";
import type { Settings, VerifyingKey } from "../../env.ts";

export const algorithm = "EdDSA";

interface KeyRing {
  /** Id of the key that signs. */
  readonly kid: string;
  readonly signs: CryptoKey | Uint8Array;
  /** Keys that verify, by id. */
  readonly verifies: ReadonlyMap<string, CryptoKey | Uint8Array>;
}

const rings = new WeakMap<Settings, Promise<KeyRing>>();

const publicPart = ({ kty, crv, x, kid }: VerifyingKey): JWK => ({ kty, crv, x, kid, alg: algorithm, use: "sig" });

async function load({ tokenKey, oldTokenKeys }: Settings): Promise<KeyRing> {
  const { kty, crv, x, d, kid } = tokenKey;
  const all = [tokenKey, ...oldTokenKeys];
  const verifies = await Promise.all(
    all.map(async (key) => [key.kid, await importJWK(publicPart(key), algorithm)] as const),
  );
  return { kid, signs: await importJWK({ kty, crv, x, d }, algorithm), verifies: new Map(verifies) };
}

/** The keys of this registry, imported once per isolate. */
export function keyRing(settings: Settings): Promise<KeyRing> {
  let ring = rings.get(settings);
  if (!ring) {
    ring = load(settings);
    rings.set(settings, ring);
  }
  return ring;
}

/** The public keys by which anybody can verify tokens of this registry (RFC 7517), the one that signs first. */
export function publicKeys({ tokenKey, oldTokenKeys }: Settings): { keys: JWK[] } {
  return { keys: [tokenKey, ...oldTokenKeys].map(publicPart) };
}
