import type { ErrorCode } from "./sdk.ts";

/** What the process's exit code means; documented in the README, so a number never changes its meaning. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  authentication: 3,
  notFound: 4,
  conflict: 5,
  integrity: 6,
  unavailable: 7,
  invalid: 8,
  lock: 9,
  incomplete: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The compiler checks that no code of the registry is forgotten. */
export const exitCodeOfError = {
  invalid_request: exitCodes.invalid,
  name_invalid: exitCodes.invalid,
  name_unknown: exitCodes.notFound,
  name_taken: exitCodes.conflict,
  name_confusable: exitCodes.conflict,
  digest_invalid: exitCodes.integrity,
  size_invalid: exitCodes.integrity,
  blob_unknown: exitCodes.notFound,
  blob_referenced: exitCodes.conflict,
  upload_unknown: exitCodes.unavailable,
  upload_invalid: exitCodes.unavailable,
  upload_busy: exitCodes.unavailable,
  range_invalid: exitCodes.unavailable,
  range_unsatisfiable: exitCodes.unavailable,
  manifest_unknown: exitCodes.notFound,
  manifest_invalid: exitCodes.invalid,
  manifest_blob_unknown: exitCodes.conflict,
  manifest_too_large: exitCodes.invalid,
  manifest_referenced: exitCodes.conflict,
  version_invalid: exitCodes.invalid,
  version_exists: exitCodes.conflict,
  version_unknown: exitCodes.notFound,
  version_gone: exitCodes.conflict,
  type_mismatch: exitCodes.conflict,
  unauthenticated: exitCodes.authentication,
  second_factor_required: exitCodes.authentication,
  denied: exitCodes.authentication,
  insufficient_scope: exitCodes.authentication,
  unsupported: exitCodes.invalid,
  payload_too_large: exitCodes.invalid,
  rate_limited: exitCodes.unavailable,
  already_done: exitCodes.conflict,
  unavailable: exitCodes.unavailable,
  internal: exitCodes.unavailable,
} as const satisfies Record<ErrorCode, ExitCode>;
