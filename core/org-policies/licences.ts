import satisfies from "spdx-satisfies";

/** Longer expressions, or more alternatives in one, are nobody's licence, and sorting them out takes too long. */
const maxLength = 300;
const maxAlternatives = 8;

/** True for an SPDX licence identifier, also with `+` or an exception; expressions with AND or OR are none. */
export function isLicence(text: string): boolean {
  if (text.length > maxLength) return false;
  try {
    satisfies("MIT", [text]);
    return true;
  } catch {
    return false;
  }
}

/**
 * True when an SPDX expression can be used under licences of this list alone: `MIT OR GPL-2.0-only` under MIT,
 * `MIT AND ISC` only under both. What is no SPDX expression satisfies nothing.
 */
export function satisfiesOneOf(expression: string, licences: readonly string[]): boolean {
  if (expression.length > maxLength || expression.split(/\bor\b/i).length > maxAlternatives + 1) return false;
  try {
    return satisfies(expression, licences);
  } catch {
    return false;
  }
}
