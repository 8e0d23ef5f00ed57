import { crc32 } from "node:zlib";

/**
 * Format of an API key: `gati_<30 base62 characters><6 base62 characters of CRC-32>`. The prefix and checksum let
 * secret scanners find leaked keys without false alarms, and let the registry refuse typing errors without a look-up.
 */
const prefix = "gati_";
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const bodyLength = 30;
const checksumLength = 6;
const pattern = new RegExp(`^${prefix}[0-9A-Za-z]{${bodyLength + checksumLength}}$`);

function checksum(body: string): string {
  let value = crc32(body);
  let text = "";
  for (let i = 0; i < checksumLength; i++) {
    text = (alphabet[value % alphabet.length] as string) + text;
    value = Math.floor(value / alphabet.length);
  }
  return text;
}

/** Makes a new key from the platform's random source (about 178 bits). */
export function generateApiKey(): string {
  let body = "";
  while (body.length < bodyLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(bodyLength))) {
      // 248 = 4 × 62: larger bytes are thrown away so that every character is equally likely.
      if (byte < 248 && body.length < bodyLength) body += alphabet[byte % alphabet.length] as string;
    }
  }
  return `${prefix}${body}${checksum(body)}`;
}

/** True when the text has the form and checksum of an API key. Says nothing about whether the key exists. */
export function isApiKey(text: string): boolean {
  if (!pattern.test(text)) return false;
  const body = text.slice(prefix.length, prefix.length + bodyLength);
  return checksum(body) === text.slice(prefix.length + bodyLength);
}
