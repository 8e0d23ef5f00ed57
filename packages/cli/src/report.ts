import { adviceForTerminal } from "./advice.ts";
import { CliError } from "./failure.ts";
import { type ExitCode, exitCodeOfError, exitCodes } from "./exit-codes.ts";
import { ApiError, type ErrorCode, RegistryError } from "./sdk.ts";
import type { Output } from "./terminal/output.ts";

interface Report {
  code: string;
  message: string;
  suggestions: readonly string[];
  exitCode: ExitCode;
  details?: Readonly<Record<string, unknown>>;
  requestId?: string;
}

/** What a person can do about an error of the registry when the registry itself made no suggestion. */
function defaultSuggestions(code: ErrorCode): readonly string[] {
  if (code === "denied")
    return ["Ask an owner of the namespace for a role, or use one of your own: `gati whoami` shows which you have."];
  if (code === "insufficient_scope")
    return ["Use a key with the scope that this needs: `gati whoami` shows what yours may do."];
  switch (exitCodeOfError[code]) {
    case exitCodes.authentication:
      return ["Run `gati login`, or set GATI_API_KEY to a valid key."];
    case exitCodes.notFound:
      return [
        "Check the spelling. A private artifact is found only by members of its namespace: `gati whoami` shows who you are.",
      ];
    case exitCodes.conflict:
      return ["Raise the version in the manifest and publish again: published versions never change."];
    case exitCodes.integrity:
      return ["Run the command again; if it happens again, tell the registry's operator."];
    case exitCodes.unavailable:
      return ["Run the same command again: it goes on where it stopped."];
    default:
      return ["Run the command with --help to see what it expects."];
  }
}

function systemSuggestions(code: string | undefined): readonly string[] {
  if (code === "ENOENT") return ["Check that the path exists."];
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return ["Check the permissions of that path."];
  if (code === "ENOSPC") return ["Free some disk space and run the command again."];
  return ["Please report this with the command that you ran: https://github.com/krishnapaul242/gati/issues"];
}

/** Turns anything thrown into what is told to the person and to scripts. */
export function describeError(error: unknown): Report {
  if (error instanceof CliError) {
    const { code, message, suggestions, exitCode, details } = error;
    return { code, message, suggestions, exitCode, ...(Object.keys(details).length > 0 ? { details } : {}) };
  }
  if (error instanceof RegistryError) {
    const exitCode = exitCodeOfError[error.code];
    return {
      code: error.code,
      message: error.message,
      suggestions:
        adviceForTerminal(error) ?? (error.suggestions.length > 0 ? error.suggestions : defaultSuggestions(error.code)),
      exitCode,
      ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
      ...(error instanceof ApiError && error.requestId !== undefined ? { requestId: error.requestId } : {}),
    };
  }
  const system = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return {
    code: "unexpected",
    message: error instanceof Error ? error.message : String(error),
    suggestions: systemSuggestions(system),
    exitCode: exitCodes.unexpected,
  };
}

/** Reports an error and returns the process's exit code. With `--json` the report is the JSON document on stdout. */
export function reportError(error: unknown, output: Output): ExitCode {
  const report = describeError(error);
  if (output.json) {
    output.document({ error: report });
  } else {
    output.errorLine(`${output.style("red", "error")} ${report.message}`);
    for (const suggestion of report.suggestions) output.errorLine(`  ${output.style("cyan", "→")} ${suggestion}`);
    if (report.requestId !== undefined) output.errorLine(`  request id ${report.requestId}`);
  }
  return report.exitCode;
}
