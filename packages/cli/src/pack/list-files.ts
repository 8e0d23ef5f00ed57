import packlist from "npm-packlist";
import { CliError } from "../failure.ts";

/** Files of a Gati project that never belong into its own package. */
const excluded = /^(?:gati_modules\/|gati\.lock$)/;

/** npm's own normalisation, as far as the list of files depends on it: `bin` may be one path. */
function normalise(packageJson: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { bin, name } = packageJson;
  return { ...packageJson, ...(typeof bin === "string" ? { bin: { [String(name)]: bin } } : {}) };
}

/** Relative paths (with `/`) of the programs that package.json declares. */
export function declaredPrograms(packageJson: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const { bin } = normalise(packageJson);
  const paths = typeof bin === "object" && bin !== null ? Object.values(bin) : [];
  return new Set(
    paths.filter((path): path is string => typeof path === "string").map((path) => path.replace(/^\.?\//, "")),
  );
}

/**
 * The files that belong to the package in `directory`, by npm's rules (`files`, .npmignore, .gitignore, what is always
 * in and what is never), plus gati-module.json. Sorted by code unit, so that every machine gives the same order.
 */
export async function listFiles(
  directory: string,
  packageJson: Readonly<Record<string, unknown>>,
  always: readonly string[],
): Promise<string[]> {
  const bundled = packageJson["bundleDependencies"] ?? packageJson["bundledDependencies"];
  if (bundled === true || (Array.isArray(bundled) && bundled.length > 0)) {
    throw new CliError("content_invalid", "The package bundles npm dependencies, which only npm can collect.", [
      "Run `npm pack`, then publish the file that it makes: gati module publish <name>-<version>.tgz",
    ]);
  }
  const files = await packlist({
    path: directory,
    isProjectRoot: true,
    package: normalise(packageJson),
    edgesOut: new Map<string, never>(),
  });
  const wanted = new Set([...files.map((file) => file.replace(/^\.\//, "")), ...always]);
  return [...wanted].filter((file) => !excluded.test(file)).toSorted((left, right) => (left < right ? -1 : 1));
}
