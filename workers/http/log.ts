/** Facts of one log line. Values are identifiers, counts and codes: never a credential, a body or a query string. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** Writes one JSON object per line, each with the request id. */
export function createLogger(base: LogFields): Logger {
  const line = (level: string, event: string, fields: LogFields = {}) =>
    JSON.stringify({ time: new Date().toISOString(), level, event, ...base, ...fields });
  return {
    info: (event, fields) => console.log(line("info", event, fields)),
    warn: (event, fields) => console.warn(line("warn", event, fields)),
    error(event, error, fields) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
      console.error(line("error", event, { ...fields, errorName: name, errorMessage: message, cause, stack }));
    },
  };
}
