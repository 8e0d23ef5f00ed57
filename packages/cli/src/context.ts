import { CliError } from "./failure.ts";
import { createClient, type Credential, nodeHash, type RegistryClient } from "./sdk.ts";
import { CredentialStore, type StoredLogin } from "./settings/credentials.ts";
import { type Directories, findDirectories } from "./settings/directories.ts";
import { chooseRegistry, isUnprotected, keyFromEnvironment } from "./settings/registry.ts";
import type { Output } from "./terminal/output.ts";
import { cliVersion } from "./version.ts";

/** What a command has at hand. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly output: Output;
  readonly directories: Directories;
  readonly credentials: CredentialStore;
  readonly registry: URL;
  /** The stored login of `registry`, if there is one. */
  readonly login: StoredLogin | undefined;
  readonly client: RegistryClient;
  /** A client of the same registry with another credential, or anonymous. */
  clientWith(credential: Credential | undefined): RegistryClient;
  /** Throws `not_logged_in` when there is no credential. */
  requireCredential(): void;
}

/** Finds the registry and the credential that a command uses. */
export async function createContext(options: {
  registry?: string | undefined;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  output: Output;
}): Promise<CommandContext> {
  const env = options.env ?? process.env;
  const directories = findDirectories(env);
  const credentials = new CredentialStore(directories.config);
  const logins = await credentials.all();
  const registry = chooseRegistry(options.registry, env, logins);
  const login = logins[registry.origin];
  const credential = keyFromEnvironment(env) ?? login?.key;
  if (login && (await credentials.isExposed())) {
    options.output.warn(
      `${credentials.path} can be read by others on this machine. Run: chmod 600 ${credentials.path}`,
    );
  }
  if (credential !== undefined && isUnprotected(registry)) {
    options.output.warn(`${registry.origin} is not encrypted: your key can be read on the way.`);
  }
  const clientWith = (other: Credential | undefined): RegistryClient =>
    createClient({
      registry,
      credential: other,
      userAgent: `gati-cli/${cliVersion} node/${process.versions.node}`,
      createHash: nodeHash,
    });
  return {
    env,
    cwd: options.cwd ?? process.cwd(),
    output: options.output,
    directories,
    credentials,
    registry,
    login,
    client: clientWith(credential),
    clientWith,
    requireCredential: () => {
      if (credential !== undefined) return;
      throw new CliError("not_logged_in", `You are not logged in to ${registry.origin}.`, [
        `Run \`gati login --registry ${registry.origin}\`, or set GATI_API_KEY.`,
      ]);
    },
  };
}
