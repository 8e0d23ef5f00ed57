import { crc32 } from "node:zlib";
import { toHex } from "../../../core/digests.ts";

/**
 * Secrets that the registry hands out once and keeps only as a hash: `<prefix><43 base62 characters><6 base62
 * characters of CRC-32>`. 43 characters are 256 random bits. The prefix and checksum let secret scanners find leaked
 * ones, and let the registry refuse typing errors without a look-up.
 */
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const bodyLength = 43;
const checksumLength = 6;

/** What each kind of secret begins with. None is an API key, so none works where a key does. */
export const secretPrefixes = {
  "refresh-token": "gati_rt_",
  "verify-email": "gati_ev_",
  "reset-password": "gati_pr_",
  invitation: "gati_in_",
  "factor-challenge": "gati_fc_",
  "step-up": "gati_su_",
  "browser-session": "gati_bs_",
  "sign-in-state": "gati_ss_",
  "proved-identity": "gati_pi_",
  "device-code": "gati_dc_",
  "scim-token": "gati_sc_",
} as const;
export type SecretKind = keyof typeof secretPrefixes;

function checksum(body: string): string {
  let value = crc32(body);
  let text = "";
  for (let i = 0; i < checksumLength; i++) {
    text = (alphabet[value % alphabet.length] as string) + text;
    value = Math.floor(value / alphabet.length);
  }
  return text;
}

/** Makes a new secret from the platform's random source. */
export function makeSecret(kind: SecretKind): string {
  let body = "";
  while (body.length < bodyLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(bodyLength))) {
      // 248 = 4 × 62: larger bytes are thrown away so that every character is equally likely.
      if (byte < 248 && body.length < bodyLength) body += alphabet[byte % alphabet.length] as string;
    }
  }
  return `${secretPrefixes[kind]}${body}${checksum(body)}`;
}

/** True when the text has the form and checksum of this kind of secret. Says nothing about whether it is good. */
export function isSecret(kind: SecretKind, text: string): boolean {
  const prefix = secretPrefixes[kind];
  const body = text.slice(prefix.length, prefix.length + bodyLength);
  return /^[0-9A-Za-z]{43}$/.test(body) && text === `${prefix}${body}${checksum(body)}`;
}

/** SHA-256 of a secret, hex: how it is stored and found. */
export async function secretHash(secret: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}
