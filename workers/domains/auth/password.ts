import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { RegistryError } from "../../../core/errors.ts";

/**
 * scrypt with the OWASP Password Storage Cheat Sheet's parameters for 32 MiB of memory, which leaves room for other
 * requests in a Worker's 128 MB. The parameters are stored with each hash, so they can be raised later.
 */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const keyLength = 32;
const saltLength = 16;
const minLength = 10;
/** Long enough for any passphrase; bounds the work of hashing. */
const maxLength = 512;

function derive(password: string, salt: Uint8Array, { N, r, p }: typeof cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyLength, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Throws `invalid_request` when a password is too short or too long to be accepted. */
export function assertAcceptablePassword(password: string): void {
  if (password.length >= minLength && password.length <= maxLength) return;
  throw new RegistryError("invalid_request", `A password needs ${minLength} to ${maxLength} characters.`, {
    suggestions: ["Use a passphrase of a few words, or let a password manager make one."],
  });
}

/** Hashes a password into `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const key = await derive(password, salt, cost);
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64"), key.toString("base64")].join("$");
}

/**
 * Compares in constant time. With no stored hash it does the same work and answers false, so that the time of an
 * answer does not tell whether an account exists.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = (stored ?? "").split("$");
  if (!salt || !hash) {
    await derive(password.slice(0, maxLength), new Uint8Array(saltLength), cost);
    return false;
  }
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  const key = await derive(password.slice(0, maxLength), Buffer.from(salt, "base64"), parameters);
  return timingSafeEqual(key, Buffer.from(hash, "base64"));
}
