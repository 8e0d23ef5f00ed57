import semver from "semver";
import type { Version } from "./versions.ts";

/** 9,007,199,254,740,991, the largest number that semver reads, has 16 digits. */
const numberWidth = 16;
/** Below everything that a prerelease may hold, so that a shorter one comes before a longer one that it begins. */
const end = "!";
const stableMark = "1";
const prereleaseMark = "0";

const padded = (number: number): string => String(number).padStart(numberWidth, "0");

/** Digits compare by value and come before text (semver.org, section 11). */
function identifierKey(identifier: string | number): string {
  const text = String(identifier);
  return /^\d+$/.test(text) ? `0${String(text.length).padStart(3, "0")}${text}${end}` : `1${text}${end}`;
}

const coreKey = (version: semver.SemVer): string => [version.major, version.minor, version.patch].map(padded).join(".");

/** A version's place among all others, stable or not: the byte order of these texts is semantic-version order. */
function orderKey(version: semver.SemVer): string {
  const { prerelease } = version;
  return prerelease.length === 0
    ? `${coreKey(version)}~`
    : `${coreKey(version)}-${prerelease.map(identifierKey).join("")}`;
}

/**
 * A text to keep beside a version in an index. In byte order every prerelease comes before every stable version, and
 * each of the two kinds stands in semantic-version order: the last one is what `latest` follows.
 */
export function precedenceOf(version: Version): string {
  const parsed = new semver.SemVer(version);
  return `${parsed.prerelease.length === 0 ? stableMark : prereleaseMark}${orderKey(parsed)}`;
}

/** A stretch of precedences, both ends included. */
export interface PrecedenceSpan {
  readonly from: string;
  readonly to: string;
}

const lower = (a: string, b: string): string => (a < b ? a : b);
const higher = (a: string, b: string): string => (a > b ? a : b);

/**
 * Where in the order of precedences a semver range lies. Everything that the range allows is inside one of the spans,
 * and everything inside them is allowed except what stands exactly at an end: an index that is asked for the two last
 * versions of each span has the highest allowed one among its answers. Throws a TypeError for what is no range.
 */
export function spansOf(range: string): PrecedenceSpan[] {
  return new semver.Range(range).set.flatMap((comparators) => {
    let from = "";
    let to = "~";
    const triples = new Set<string>();
    for (const { operator, semver: bound, value } of comparators) {
      // The comparator of `*` has no bound.
      if (value === "") continue;
      const key = orderKey(bound);
      if (operator !== "<" && operator !== "<=") from = higher(from, key);
      if (operator !== ">" && operator !== ">=") to = lower(to, key);
      // npm's rule: a range allows prereleases only of a version of which it names one.
      if (bound.prerelease.length > 0) triples.add(coreKey(bound));
    }
    const spans = [
      { from: `${stableMark}${from}`, to: `${stableMark}${to}` },
      ...[...triples].map((triple) => ({
        from: `${prereleaseMark}${higher(from, `${triple}-`)}`,
        to: `${prereleaseMark}${lower(to, `${triple}~`)}`,
      })),
    ];
    return spans.filter((span) => span.from <= span.to);
  });
}
