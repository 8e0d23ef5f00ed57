import { CliError } from "../failure.ts";
import { parseRegistryUrl } from "../sdk.ts";
import type { StoredLogin } from "./credentials.ts";

export const defaultRegistry = "https://registry.gati.dev";

/**
 * Which registry a command talks to: `--registry`, GATI_REGISTRY, the only one that is logged in, or the public one.
 * Throws `invalid_request` when what was given is not an address, `usage` when several are logged in and none is named.
 */
export function chooseRegistry(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
  logins: Readonly<Record<string, StoredLogin>>,
): URL {
  const named = option || env["GATI_REGISTRY"];
  const known = Object.keys(logins);
  if (!named && known.length > 1) {
    throw new CliError("usage", `You are logged in to ${inWords(known)}; choose one with --registry.`, [
      `Add --registry ${known[0]}, or set GATI_REGISTRY.`,
    ]);
  }
  return parseRegistryUrl(named || known[0] || defaultRegistry);
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The key that the environment gives; it stands above the credentials file. */
export function keyFromEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  return env["GATI_API_KEY"] || env["GATI_TOKEN"] || undefined;
}

/** True when a key sent there could be read on the way. */
export function isUnprotected(registry: URL): boolean {
  return registry.protocol === "http:" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(registry.hostname);
}
