import { hkdfSync } from "node:crypto";
import { RegistryError } from "../../../core/errors.ts";
import type { Settings } from "../../env.ts";

/**
 * What the registry has to read again, and nobody else may: encrypted with AES-256-GCM (NIST SP 800-38D) by a key that
 * is derived (HKDF-SHA-256, RFC 5869) from a secret of the installation. The text is `v1.<key id>.<nonce>.<ciphertext>`,
 * base64url, and bound to a label, so that a row cannot be moved to another account.
 */
const version = "v1";
const nonceLength = 12;

interface SealKey {
  readonly id: string;
  readonly key: CryptoKey;
}

const known = new WeakMap<Settings, Promise<SealKey[]>>();

const derived = (secret: string, use: string, length: number) =>
  new Uint8Array(hkdfSync("sha256", secret, "", `gati second factor ${use}`, length));

async function derive(secret: string): Promise<SealKey> {
  const key = await crypto.subtle.importKey("raw", derived(secret, "seal", 32), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { id: Buffer.from(derived(secret, "key id", 6)).toString("base64url"), key };
}

/** The first seals, all open. */
function keysOf(settings: Settings): Promise<SealKey[]> {
  let keys = known.get(settings);
  if (!keys) {
    keys = Promise.all(settings.sealKeys.map(derive));
    known.set(settings, keys);
  }
  return keys;
}

const algorithm = (nonce: Uint8Array, label: string) => ({
  name: "AES-GCM",
  iv: nonce,
  additionalData: new TextEncoder().encode(label),
});

/** Seals bytes for a label, such as `totp <user id>`. */
export async function seal(settings: Settings, label: string, bytes: Uint8Array): Promise<string> {
  const [first] = await keysOf(settings);
  if (!first) throw new TypeError("no key to seal with");
  const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, label), first.key, bytes);
  return [version, first.id, Buffer.from(nonce).toString("base64url"), Buffer.from(sealed).toString("base64url")].join(
    ".",
  );
}

/** Opens what `seal` made. Errors: `unavailable` when no key of this registry opens it. */
export async function unseal(settings: Settings, label: string, text: string): Promise<Uint8Array> {
  const [form, id, nonce = "", sealed = ""] = text.split(".");
  const found = form === version ? (await keysOf(settings)).find((one) => one.id === id) : undefined;
  try {
    if (!found) throw new Error(`no key ${id} here`);
    const iv = Buffer.from(nonce, "base64url");
    return new Uint8Array(
      await crypto.subtle.decrypt(algorithm(iv, label), found.key, Buffer.from(sealed, "base64url")),
    );
  } catch (cause) {
    throw new RegistryError("unavailable", "The authenticator app's secret cannot be read.", {
      cause,
      suggestions: [
        "Use a recovery code or a passkey.",
        "Operators: the registry's key was changed; name the one before in GATI_SEAL_KEYS.",
      ],
    });
  }
}

/** True when the text should be sealed again, because an older key sealed it. */
export async function isSealedByOldKey(settings: Settings, text: string): Promise<boolean> {
  const [first] = await keysOf(settings);
  return text.split(".")[1] !== first?.id;
}
