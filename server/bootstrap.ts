import { ApiError, createClient } from "../packages/sdk/src/index.ts";
import { chooseOperator, signInOperator } from "./operator.ts";
import type { StartOptions } from "./options.ts";
import { publishSample, sampleNamespace } from "./publish-sample.ts";
import { sampleOrganization, samples } from "./samples.ts";
import { saveSecrets } from "./secrets.ts";
import type { RegistryServer } from "./server.ts";
import { StartError } from "./start-error.ts";

async function publishSamples(url: string, token: string): Promise<void> {
  const client = createClient({ registry: url, credential: { token } });
  try {
    await client.namespaces.createOrg(sampleOrganization);
  } catch (error) {
    // Made by a first start that was cut short; if it were somebody else's, reading its members would be refused.
    if (!(error instanceof ApiError && error.code === "name_taken")) throw error;
    await client.namespaces.members(sampleNamespace);
  }
  for (const sample of samples) await publishSample(client, sample);
}

/** The first start's work. Every step can be repeated, because a crash may come between any two of them. */
async function firstStart(server: RegistryServer, options: StartOptions): Promise<string[]> {
  const { pendingOperator, ...settled } = server.secrets;
  const operator = pendingOperator ?? chooseOperator(process.env);
  // Before the account exists, so that no crash can leave an account whose password nobody knows.
  saveSecrets(options.data, { ...settled, pendingOperator: operator });
  let token: string | undefined;
  try {
    token = await signInOperator(server.url, settled.setupToken, operator);
  } catch (error) {
    // Refused: the next start has to ask the environment again.
    if (error instanceof StartError) saveSecrets(options.data, settled);
    throw error;
  }
  if (token === undefined) return [];
  if (!options.empty) await publishSamples(server.url, token);
  return [
    `Operator account: ${operator.handle}`,
    ...(operator.generated ? [`Password, shown only now: ${operator.password}`] : []),
    "",
  ];
}

function nextCommands({ url }: RegistryServer, empty: boolean): string[] {
  const last = empty
    ? "npx gati module create hello"
    : `npx gati module install @${sampleOrganization}/greeter --registry ${url}`;
  const commands = [`curl ${url}/api/v1/artifacts`, `npx gati login --registry ${url}`, last];
  return ["Try next:", ...commands.map((command) => `  ${command}`)];
}

export interface Greeting {
  readonly lines: readonly string[];
  /** Call it once the lines are printed: from then on the password is not kept anywhere. */
  readonly printed: () => void;
}

/**
 * Adds what a first start adds (operator, samples) and says what to print. On later starts it only says where the
 * registry is. Throws `StartError`, or the SDK's error when the registry refuses its own samples.
 */
export async function bootstrap(server: RegistryServer, options: StartOptions): Promise<Greeting> {
  const first = server.secrets.bootstrapped ? [] : await firstStart(server, options);
  return {
    lines: [...first, `Gati Registry ready: ${server.url}`, ...nextCommands(server, options.empty)],
    printed: () => {
      if (server.secrets.bootstrapped) return;
      const { pendingOperator: _, ...settled } = server.secrets;
      saveSecrets(options.data, { ...settled, bootstrapped: true });
    },
  };
}
