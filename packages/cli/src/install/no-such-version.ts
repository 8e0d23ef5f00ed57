import semver from "semver";
import { RegistryError } from "../sdk.ts";
import type { Candidate } from "./solve.ts";

/**
 * Nothing that is published is what was asked for. Names what was asked for and a command that works now.
 *
 * @param selector as written; undefined when only the name was given
 * @param published what can be installed
 * @param command what is offered instead
 * @param by who asks, told when it is another module
 */
export function noSuchVersion(
  name: string,
  selector: string | undefined,
  published: readonly Candidate[],
  cause?: unknown,
  by = "gati.json",
  command: "info" | "install" = "install",
): RegistryError {
  const versions = semver.rsort(published.map(({ version }) => version).filter((version) => version !== null));
  const [highest] = versions;
  const asked =
    selector === undefined
      ? "no version to install"
      : `no version that matches ${selector}${by === "gati.json" ? "" : `, which ${by} needs`}`;
  const there = highest === undefined ? "nothing is published" : `published: ${versions.slice(0, 10).join(", ")}`;
  return new RegistryError("version_unknown", `${name} has ${asked} (${there}).`, {
    details: { name, by, ...(selector === undefined ? {} : { selector }), published: versions.slice(0, 10) },
    suggestions:
      highest === undefined
        ? ["Ask its publisher for a version: what was unpublished never comes back under the same number."]
        : [
            `Take one that is there: ${command === "info" ? `gati module info ${name}` : `gati module install ${name}@${highest}`}`,
          ],
    cause,
  });
}
