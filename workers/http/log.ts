/** Facts of one log line. Values are identifiers, counts and codes: never a credential, a body or a query string. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** Hands finished lines to the platform, which keeps them. */
export function writeLog(text: string): void {
  console.log(text);
}

/** What a log may tell of an error: drizzle's quote the parameters of their query, which may be addresses or hashes. */
function tellable(error: Error): { message: string; stack: string | undefined } {
  const { message, stack } = error;
  if (!("params" in error)) return { message, stack };
  const frames = stack?.split("\n").filter((frame) => /^ {4}at .*:\d+\)?$/.test(frame));
  return { message: `Failed query: ${"query" in error ? String(error.query) : ""}`, stack: frames?.join("\n") };
}

/** Writes one JSON object per line, each with the fields of `base`. `write` takes what is neither warning nor error. */
export function createLogger(base: LogFields, write: (line: string) => void = writeLog): Logger {
  const line = (level: string, event: string, fields: LogFields = {}) =>
    JSON.stringify({ time: new Date().toISOString(), level, event, ...base, ...fields });
  return {
    info: (event, fields) => write(line("info", event, fields)),
    warn: (event, fields) => console.warn(line("warn", event, fields)),
    error(event, error, fields) {
      const thrown = error instanceof Error ? error : new Error(String(error));
      const { message, stack } = tellable(thrown);
      const cause = error instanceof Error && error.cause instanceof Error ? tellable(error.cause).message : undefined;
      console.error(line("error", event, { ...fields, errorName: thrown.name, errorMessage: message, cause, stack }));
    },
  };
}
