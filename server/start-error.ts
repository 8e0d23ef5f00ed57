/** A reason why the server cannot start that the person at the terminal can act on. Printed as one sentence, no stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The `code` of a Node system error (`ENOENT`, `EACCES` …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
