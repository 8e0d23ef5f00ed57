import { ApiError, createClient } from "../packages/sdk/src/index.ts";
import { type PendingOperator, randomText } from "./secrets.ts";
import { StartError } from "./start-error.ts";

const defaultHandle = "gati-operator";

/** The operator that a first start makes, from GATI_ADMIN_HANDLE and GATI_ADMIN_PASSWORD or made up. */
export function chooseOperator(env: NodeJS.ProcessEnv): PendingOperator {
  const password = env["GATI_ADMIN_PASSWORD"];
  return {
    handle: env["GATI_ADMIN_HANDLE"] ?? defaultHandle,
    password: password ?? randomText(18),
    generated: password === undefined,
  };
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly suggestions?: readonly string[];
}

/** True when this call made the operator, false when one exists. Throws `StartError` when the account is refused. */
async function setUp(url: string, setupToken: string, account: { handle: string; password: string }): Promise<boolean> {
  const response = await fetch(`${url}/api/v1/setup`, {
    method: "POST",
    headers: { authorization: `Bearer ${setupToken}`, "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  if (response.status === 201) return true;
  const problem: Problem = await response.json();
  if (problem.code === "already_done") return false;
  const reason = [problem.detail ?? `the registry answered ${response.status}`, ...(problem.suggestions ?? [])].join(
    " ",
  );
  throw new StartError(`The operator account could not be made (GATI_ADMIN_HANDLE, GATI_ADMIN_PASSWORD): ${reason}`);
}

/**
 * Makes the operator, or finds it made by a first start that was cut short. Returns a session token, or undefined
 * when the operator is somebody else's, made through the API before.
 */
export async function signInOperator(
  url: string,
  setupToken: string,
  operator: PendingOperator,
): Promise<string | undefined> {
  const account = { handle: operator.handle, password: operator.password };
  const made = await setUp(url, setupToken, account);
  try {
    return (await createClient({ registry: url }).auth.signIn(account)).token;
  } catch (error) {
    if (!made && error instanceof ApiError && error.code === "unauthenticated") return undefined;
    throw error;
  }
}
