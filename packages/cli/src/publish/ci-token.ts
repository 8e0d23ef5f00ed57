import { CliError } from "../failure.ts";

/** How long a CI system may take for a token, in milliseconds. */
const timeout = 30_000;

/** True in a job of a CI system that can vouch for it. */
export function inTrustedCi(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env["GATI_ID_TOKEN"] || env["ACTIONS_ID_TOKEN_REQUEST_URL"]);
}

/** Advice for a job that could be trusted and says nothing about itself. */
export function ciAdvice(env: NodeJS.ProcessEnv): string[] {
  if (inTrustedCi(env)) return [];
  if (env["GITHUB_ACTIONS"] === "true")
    return ["To publish without a key, give the job `permissions: { id-token: write }` and add a rule: gati trust add"];
  if (env["GITLAB_CI"] === "true")
    return [
      "To publish without a key, give the job `id_tokens: { GATI_ID_TOKEN: { aud: … } }` and add a rule: gati trust add",
    ];
  return [];
}

/**
 * The ID token of this job, for one audience: GitLab puts it into GATI_ID_TOKEN, GitHub Actions hands it out on request
 * (https://docs.github.com/actions/reference/security/oidc). Throws `CliError`.
 */
export async function ciToken(env: NodeJS.ProcessEnv, audience: string): Promise<string> {
  const given = env["GATI_ID_TOKEN"];
  if (given) return given;
  const secret = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  try {
    const url = new URL(env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "");
    url.searchParams.set("audience", audience);
    const response = await fetch(url, {
      headers: { authorization: `bearer ${secret}`, accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const { value } = (await response.json()) as { value?: unknown };
    if (typeof value === "string" && value !== "") return value;
    throw new Error("it answered without a token");
  } catch (cause) {
    throw new CliError(
      "not_logged_in",
      `GitHub Actions gave no ID token: ${cause instanceof Error ? cause.message : cause}.`,
      ["Give the job `permissions: { id-token: write }`, or set GATI_API_KEY."],
      { cause },
    );
  }
}
