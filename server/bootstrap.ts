import type { StartOptions } from "./options.ts";
import { publishSample } from "./publish-sample.ts";
import { RegistryClient, textMember } from "./registry-client.ts";
import { sampleOrganization, samples } from "./samples.ts";
import { type PendingOperator, type Secrets, randomText, saveSecrets } from "./secrets.ts";
import type { RegistryServer } from "./server.ts";
import { StartError } from "./start-error.ts";

const defaultHandle = "gati-operator";

function chooseOperator(env: NodeJS.ProcessEnv): PendingOperator {
  const password = env["GATI_ADMIN_PASSWORD"];
  return {
    handle: env["GATI_ADMIN_HANDLE"] ?? defaultHandle,
    password: password ?? randomText(18),
    generated: password === undefined,
  };
}

/**
 * Makes the operator, or finds it made by a first start that was cut short. Returns a session token, or undefined
 * when the operator is somebody else's (made through the API before this server ever bootstrapped).
 */
async function signInOperator(client: RegistryClient, setupToken: string, operator: PendingOperator): Promise<string | undefined> {
  const account = { handle: operator.handle, password: operator.password };
  const setup = new RegistryClient(client.url, setupToken);
  const made = await setup.post("/api/v1/setup", account, [201, 400, 409, 422]);
  if (made.status === 400 || made.status === 422) {
    const reason = textMember(made.body, "detail") ?? "the registry refused the handle or password";
    throw new StartError(`The operator account could not be made: ${reason} (GATI_ADMIN_HANDLE, GATI_ADMIN_PASSWORD)`);
  }
  const signedIn = await client.post("/api/v1/auth/sign-in", account, made.status === 201 ? [200] : [200, 401]);
  if (signedIn.status === 200) return textMember(signedIn.body, "token");
  if (textMember(made.body, "code") === "already_done") return undefined;
  throw new StartError(`The handle "${operator.handle}" is not free; choose another with GATI_ADMIN_HANDLE.`);
}

async function publishSamples(client: RegistryClient): Promise<void> {
  await client.post("/api/v1/orgs", { handle: sampleOrganization }, [201, 409]);
  for (const sample of samples) await publishSample(client, sample);
}

/** The first start's work. Every step can be repeated, because a crash may come between any two of them. */
async function firstStart(server: RegistryServer, options: StartOptions): Promise<string[]> {
  const operator = server.secrets.pendingOperator ?? chooseOperator(process.env);
  const { pendingOperator: _, ...settled } = server.secrets;
  const pending: Secrets = { ...settled, pendingOperator: operator };
  // Before the account exists, so that no crash can leave an account whose password nobody knows.
  saveSecrets(options.data, pending);
  const client = new RegistryClient(server.url);
  let token: string | undefined;
  try {
    token = await signInOperator(client, server.secrets.setupToken, operator);
  } catch (error) {
    // The next start has to ask the environment again.
    if (error instanceof StartError) saveSecrets(options.data, settled);
    throw error;
  }
  if (token !== undefined && !options.empty) await publishSamples(new RegistryClient(server.url, token));
  if (token === undefined) return [];
  const lines = [`Operator account: ${operator.handle}`];
  if (operator.generated) lines.push(`Password, shown only now: ${operator.password}`);
  return [...lines, ""];
}

function nextCommands(server: RegistryServer, sampled: boolean): string[] {
  const commands = sampled
    ? [
        `curl ${server.url}/api/v1/artifacts`,
        `npx gati login --registry ${server.url}`,
        `npx gati module install @${sampleOrganization}/greeter --registry ${server.url}`,
      ]
    : [
        `curl ${server.url}/health`,
        `npx gati login --registry ${server.url}`,
        `npx gati module create hello --registry ${server.url}`,
      ];
  return ["Try next:", ...commands.map((command) => `  ${command}`)];
}

export interface Greeting {
  readonly lines: readonly string[];
  /** Call it once the lines are printed: from then on the password is not kept anywhere. */
  readonly printed: () => void;
}

/** Adds what a first start adds and says what to print. On later starts it only says where the registry is. */
export async function bootstrap(server: RegistryServer, options: StartOptions): Promise<Greeting> {
  const first = server.secrets.bootstrapped ? [] : await firstStart(server, options);
  const lines = [...first, `Gati Registry ready: ${server.url}`, ...nextCommands(server, !options.empty)];
  const { pendingOperator: _, ...settled } = server.secrets;
  const done: Secrets = { ...settled, bootstrapped: true };
  return {
    lines,
    printed: () => {
      if (!server.secrets.bootstrapped) saveSecrets(options.data, done);
    },
  };
}
