/** Letters that look like no other and spell no word (RFC 8628, section 6.1). */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ";
const length = 8;

/** A code that a person reads from one screen and types into another: `XXXX-XXXX`, 34 random bits. */
export function makeUserCode(): string {
  let code = "";
  while (code.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 240 = 12 × 20: larger bytes are thrown away so that every letter is equally likely.
      if (byte < 240 && code.length < length) code += alphabet[byte % alphabet.length] as string;
    }
  }
  return shownUserCode(code);
}

const shownUserCode = (letters: string) => `${letters.slice(0, 4)}-${letters.slice(4)}`;

/** A code as somebody typed it, in its one spelling; undefined when it cannot be one. */
export function readUserCode(text: string): string | undefined {
  const letters = text.toUpperCase().replaceAll(/[^A-Z]/g, "");
  if (text.length > 40 || letters.length !== length || [...letters].some((one) => !alphabet.includes(one)))
    return undefined;
  return shownUserCode(letters);
}
