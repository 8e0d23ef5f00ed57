import semver from "semver";
import { RegistryError } from "./errors.ts";

declare const brand: unique symbol;

/** A semantic version in canonical form, without build metadata (OCI tags cannot carry `+`). */
export type Version = string & { readonly [brand]: "Version" };

const maxTagLength = 128;

/** True when the text is exactly a canonical semantic version: `1.2.3`, `1.2.3-rc.1`; not `v1.2.3`, not `1.2`. */
export function isVersion(text: string): text is Version {
  return text.length <= maxTagLength && semver.valid(text) === text;
}

/** Parses a version to publish. Throws `version_invalid` and says how to write it. */
export function parseVersion(text: string): Version {
  if (isVersion(text)) return text;
  const canonical = semver.valid(text, { loose: true }) ?? semver.coerce(text)?.version;
  throw new RegistryError("version_invalid", `"${text.slice(0, 160)}" is not a version that can be published.`, {
    suggestions: [
      ...(text.includes("+")
        ? ["Leave build metadata (everything from +) out: two builds of one version would be the same version."]
        : []),
      ...(canonical
        ? [`Write it as ${canonical}.`]
        : ["Use MAJOR.MINOR.PATCH with an optional -prerelease (semver.org)."]),
    ],
  });
}

export function isPrerelease(version: Version): boolean {
  return semver.prerelease(version) !== null;
}

/** Semantic-version order, highest first. */
export function sortDescending(versions: readonly Version[]): Version[] {
  return semver.rsort([...versions]) as Version[];
}

/** The version that `latest` follows: the highest stable one, or the highest prerelease when nothing is stable. */
export function latestOf(versions: readonly Version[]): Version | undefined {
  const sorted = sortDescending(versions);
  return sorted.find((version) => !isPrerelease(version)) ?? sorted[0];
}

export function isRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

/** The highest version inside a semver range; prereleases only when the range names one (npm's rule). */
export function maxSatisfying(versions: readonly Version[], range: string): Version | undefined {
  return semver.maxSatisfying([...versions], range) ?? undefined;
}
