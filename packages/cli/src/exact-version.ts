import { CliError } from "./failure.ts";
import { dependencyName } from "./project/gati-json.ts";
import { isVersion, parseArtifactReference, parseVersion, type Version } from "./sdk.ts";

/**
 * Reads a reference that must name exactly one version, for commands that change it.
 * Throws `usage` when it names none, `name_invalid` when it names no artifact.
 *
 * @param command how the command is called, for the example in the error
 */
export function exactVersion(reference: string, command: string): { name: string; version: Version } {
  const name = dependencyName(reference);
  const { selector } = parseArtifactReference(reference);
  if (selector !== undefined && isVersion(selector)) return { name, version: parseVersion(selector) };
  throw new CliError("usage", "Name exactly one version.", [`For example: ${command} ${name}@1.0.0`]);
}
