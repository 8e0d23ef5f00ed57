import type { RegistryError } from "./sdk.ts";

interface Issue {
  readonly field: string;
  readonly problem: string;
}

function issuesOf({ code, details }: RegistryError): readonly Issue[] {
  const issues = details["issues"];
  if (code !== "invalid_request" || !Array.isArray(issues)) return [];
  return issues.filter((one): one is Issue => typeof one?.field === "string" && typeof one?.problem === "string");
}

/** What fits somebody at a terminal better than what the registry says to every client; undefined when nothing does. */
export function adviceForTerminal(error: RegistryError): readonly string[] | undefined {
  if (error.code === "insufficient_scope" && error.details["needed"] === "admin")
    return ["Run `gati login --admin`: it makes a key that may do this."];
  const [first, ...others] = issuesOf(error);
  if (first === undefined) return undefined;
  // The message names the first.
  return [
    ...others.map(({ field, problem }) => `Also ${field || "the whole"}: ${problem}`),
    `Correct ${others.length === 0 ? "this" : "these"} and run the command again.`,
  ];
}
