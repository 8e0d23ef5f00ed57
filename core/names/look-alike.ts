import { skeleton } from "./skeleton.ts";

/** In shorter names one letter makes another word. */
const shortestTypo = 5;

/**
 * Whether one edit makes one text of the other: a character that is left out, added or replaced, or two neighbours that
 * changed places (Damerau and Levenshtein's distance is 1).
 */
export function isOneEdit(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1 || short === long) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}

const withoutNumbers = (name: string) => name.replaceAll(/\d+/g, "#");

/**
 * Whether a name could be taken for another one, by the eye or by a slip of the finger. Names that differ in a number alone
 * are a series and not a slip: `llama2` beside `llama3`. The same name is not a look-alike of itself.
 */
export function looksLike(name: string, known: string): boolean {
  if (name === known) return false;
  if (/\d/.test(name) && withoutNumbers(name) === withoutNumbers(known)) return false;
  if (skeleton(name) === skeleton(known)) return true;
  return Math.min(name.length, known.length) >= shortestTypo && isOneEdit(name, known);
}

/** A name inside its namespace. */
export interface QualifiedName {
  readonly handle: string;
  readonly name: string;
}

/**
 * Whether an artifact's name could be taken for that of another namespace: the name itself looks alike, or it is the same
 * and the handles look alike. The very same name under another handle is how forks and mirrors are called.
 */
export function qualifiedLooksLike(one: QualifiedName, known: QualifiedName): boolean {
  if (one.handle === known.handle) return false;
  return one.name === known.name ? looksLike(one.handle, known.handle) : looksLike(one.name, known.name);
}
