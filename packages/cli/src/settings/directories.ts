import { join } from "node:path";
import envPaths from "env-paths";

export interface Directories {
  /** Credentials. `GATI_CONFIG_DIR`, or the platform's place for settings (XDG_CONFIG_HOME on Linux). */
  readonly config: string;
  /** Packed archives and the places of unfinished uploads. `GATI_CACHE_DIR`, or the platform's cache. */
  readonly cache: string;
  /** Content shared between projects. `GATI_STORE_DIR`, or below the cache. */
  readonly store: string;
}

/** Where the CLI keeps its files. */
export function findDirectories(env: NodeJS.ProcessEnv): Directories {
  const platform = envPaths("gati", { suffix: "" });
  const cache = env["GATI_CACHE_DIR"] || platform.cache;
  return {
    config: env["GATI_CONFIG_DIR"] || platform.config,
    cache,
    store: env["GATI_STORE_DIR"] || join(cache, "store"),
  };
}
