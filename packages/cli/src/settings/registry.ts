import { parseRegistryUrl } from "../sdk.ts";
import type { StoredLogin } from "./credentials.ts";

export const defaultRegistry = "https://registry.gati.dev";

/**
 * Which registry a command talks to: `--registry`, GATI_REGISTRY, the only one that is logged in, or the public one.
 * Throws `invalid_request` when what was given is not an address.
 */
export function chooseRegistry(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
  logins: Readonly<Record<string, StoredLogin>>,
): URL {
  const [only, ...others] = Object.keys(logins);
  return parseRegistryUrl(
    option || env["GATI_REGISTRY"] || (only !== undefined && others.length === 0 ? only : defaultRegistry),
  );
}

/** The key that the environment gives; it stands above the credentials file. */
export function keyFromEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  return env["GATI_API_KEY"] || env["GATI_TOKEN"] || undefined;
}

/** True when a key sent there could be read on the way. */
export function isUnprotected(registry: URL): boolean {
  return registry.protocol === "http:" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(registry.hostname);
}
