import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** What the CLI itself can fail with, beside the registry's own errors. */
const failures = {
  usage: exitCodes.usage,
  not_logged_in: exitCodes.authentication,
  namespace_unknown: exitCodes.notFound,
  not_installed: exitCodes.notFound,
  manifest_missing: exitCodes.notFound,
  file_missing: exitCodes.notFound,
  project_invalid: exitCodes.invalid,
  content_invalid: exitCodes.invalid,
  directory_not_empty: exitCodes.conflict,
  dependency_conflict: exitCodes.conflict,
  handle_taken: exitCodes.conflict,
  archive_unsafe: exitCodes.integrity,
  backup_damaged: exitCodes.integrity,
  audit_broken: exitCodes.integrity,
  content_lost: exitCodes.integrity,
  registry_changing: exitCodes.unavailable,
  registry_older: exitCodes.invalid,
  lock_outdated: exitCodes.lock,
  interrupted: exitCodes.interrupted,
} as const satisfies Record<string, ExitCode>;

export type FailureCode = keyof typeof failures;

/** A failure that the person can act on; `suggestions` say how. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: FailureCode;
  readonly suggestions: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: FailureCode,
    message: string,
    suggestions: readonly string[],
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.suggestions = suggestions;
    this.details = options.details ?? {};
  }

  get exitCode(): ExitCode {
    return failures[this.code];
  }
}
