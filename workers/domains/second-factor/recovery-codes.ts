import { secretHash } from "../auth/index.ts";

/** How many an account gets at once. */
const howMany = 10;
const groups = 4;
const groupLength = 4;
/** 32 characters that nobody mistakes for each other (Crockford's base 32): 5 bits each, 80 in a code. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

function makeCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(groups * groupLength))].map((byte) => alphabet[byte % 32]);
  return Array.from({ length: groups }, (_, i) => letters.slice(i * groupLength, (i + 1) * groupLength).join("")).join(
    "-",
  );
}

/** As it is stored: without dashes and blanks, and with the letters that people read for others. */
function normalised(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
}

/** True when the text has the form of a recovery code. */
export function isRecoveryCode(text: string): boolean {
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(normalised(text));
}

/** What is stored of a code: the same code of two accounts has two hashes. */
export const recoveryCodeHash = (userId: string, code: string): Promise<string> =>
  secretHash(`recovery ${userId} ${normalised(code)}`);

/** Fresh codes, with what is stored of them. */
export async function makeRecoveryCodes(userId: string): Promise<{ codes: string[]; hashes: string[] }> {
  const codes = Array.from({ length: howMany }, makeCode);
  return { codes, hashes: await Promise.all(codes.map((code) => recoveryCodeHash(userId, code))) };
}
