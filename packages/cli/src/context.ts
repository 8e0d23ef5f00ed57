import { CliError } from "./failure.ts";
import { SecondFactorCodes } from "./second-factor-codes.ts";
import { createClient, type Credential, nodeHash, type RegistryClient } from "./sdk.ts";
import { CredentialStore, type StoredLogin } from "./settings/credentials.ts";
import { type Directories, findDirectories } from "./settings/directories.ts";
import { chooseRegistry, isUnprotected, keyFromEnvironment } from "./settings/registry.ts";
import type { Output } from "./terminal/output.ts";
import { pauseNotes } from "./terminal/pause-notes.ts";
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
  /** Where codes of the second factor come from. */
  readonly codes: SecondFactorCodes;
  /** A client of the same registry with another credential, or anonymous. */
  clientWith(credential: Credential | undefined): RegistryClient;
  /** Throws `not_logged_in` when there is no credential. */
  requireCredential(): void;
}

interface Connection {
  readonly registry: URL;
  readonly login: StoredLogin | undefined;
  readonly credential: string | undefined;
  readonly client: RegistryClient;
}

/** Gives a command what it has at hand. The registry is chosen when it is first needed: some commands need none. */
export async function createContext(options: {
  registry?: string | undefined;
  otp?: string | undefined;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  output: Output;
}): Promise<CommandContext> {
  const { output } = options;
  const env = options.env ?? process.env;
  const directories = findDirectories(env);
  const credentials = new CredentialStore(directories.config);
  const [logins, exposed] = await Promise.all([credentials.all(), credentials.isExposed()]);
  const onWait = pauseNotes(output);
  const codes = new SecondFactorCodes(output, options.otp ?? env["GATI_OTP"]);
  const clientOf = (registry: URL, credential: Credential | undefined, asks = true): RegistryClient =>
    createClient({
      registry,
      credential,
      ...(asks ? { stepUp: (error) => codes.stepUp(clientOf(registry, credential, false), error) } : {}),
      userAgent: `gati-cli/${cliVersion} node/${process.versions.node}`,
      createHash: nodeHash,
      retry: { onWait },
    });
  const connect = (): Connection => {
    const registry = chooseRegistry(options.registry, env, logins);
    const login = logins[registry.origin];
    const credential = keyFromEnvironment(env) ?? login?.key;
    if (login && exposed)
      output.warn(`${credentials.path} can be read by others on this machine. Run: chmod 600 ${credentials.path}`);
    if (credential !== undefined && isUnprotected(registry))
      output.warn(`${registry.origin} is not encrypted: your key can be read on the way.`);
    return { registry, login, credential, client: clientOf(registry, credential) };
  };
  let known: Connection | undefined;
  const connection = (): Connection => (known ??= connect());
  return {
    env,
    cwd: options.cwd ?? process.cwd(),
    output,
    directories,
    credentials,
    codes,
    get registry() {
      return connection().registry;
    },
    get login() {
      return connection().login;
    },
    get client() {
      return connection().client;
    },
    clientWith: (credential) => clientOf(connection().registry, credential),
    requireCredential: () => {
      const { credential, registry } = connection();
      if (credential !== undefined) return;
      throw new CliError("not_logged_in", `You are not logged in to ${registry.origin}.`, [
        `Run \`gati login --registry ${registry.origin}\`, or set GATI_API_KEY.`,
      ]);
    },
  };
}
