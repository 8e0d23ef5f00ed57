import { createHmac } from "node:crypto";
import { Secret, TOTP } from "otpauth/bare";

/** RFC 6238 as every authenticator app knows it: HMAC-SHA-1, 6 digits, steps of 30 s. */
const period = 30;
/** RFC 4226, section 4, asks for 160 bits. */
const secretLength = 20;
/** Steps before and after the present one: phones and people are late. */
const tolerance = 1;

const hmac = (_algorithm: string, key: Uint8Array, message: Uint8Array) =>
  new Uint8Array(createHmac("sha1", key).update(message).digest());

export const makeTotpSecret = (): Uint8Array => crypto.getRandomValues(new Uint8Array(secretLength));

function totpOf(secret: Uint8Array, names: { readonly issuer?: string; readonly label?: string } = {}): TOTP {
  const buffer = secret.slice().buffer;
  return new TOTP({ ...names, secret: new Secret({ buffer }), algorithm: "SHA1", digits: 6, period, hmac });
}

/** What an authenticator app takes: the secret in base32, and the `otpauth:` address of a QR code. */
export function totpForms(secret: Uint8Array, service: string, handle: string): { secret: string; uri: string } {
  const totp = totpOf(secret, { issuer: service, label: handle });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/** The step whose code this is, compared in constant time; undefined for a wrong one. `now` in milliseconds. */
export function stepOfCode(secret: Uint8Array, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window: tolerance });
  return delta === null ? undefined : Math.floor(now / 1000 / period) + delta;
}

/** The code that an app shows at that time: what tests and tools type. */
export const codeAt = (secret: Uint8Array, now: number): string => totpOf(secret).generate({ timestamp: now });
