import { CliError } from "../failure.ts";
import { isTag, isVersion } from "../sdk.ts";

/** Throws `usage` for what cannot be a label: only a manifest makes a version. */
export function requireLabel(label: string): void {
  if (isTag(label) && !isVersion(label)) return;
  throw new CliError("usage", `"${label}" cannot be a label.`, [
    "Use letters, digits, '.', '_' and '-', and no version: versions come from the manifest.",
  ]);
}
