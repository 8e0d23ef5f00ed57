import { type WriteStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const rotateAtBytes = 64 * 1024 * 1024;
const keptFiles = 3;
/** After a line that could not be written, lines are left out for so long, in milliseconds. */
const pause = 1_000;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly timestamp: number;
}

export interface LogSink {
  readonly path: string;
  write(line: LogLine): void;
  close(): Promise<void>;
}

function isWarning(level: string): boolean {
  return level === "warn" || level === "error";
}

/** The worker logs JSON objects; whatever else reaches the console is wrapped so that every line of the file is JSON. */
function toJson(line: LogLine): string {
  if (line.message.startsWith("{") && line.message.endsWith("}")) return line.message;
  return JSON.stringify({
    timestamp: new Date(line.timestamp).toISOString(),
    level: line.level,
    message: line.message,
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function rotate(path: string): void {
  rmSync(`${path}.${keptFiles}`, { force: true });
  for (let index = keptFiles - 1; index >= 0; index--) {
    const from = index === 0 ? path : `${path}.${index}`;
    if (sizeOf(from) > 0) renameSync(from, `${path}.${index + 1}`);
  }
}

/**
 * Opens `DATA/logs/registry.log` for the lines of the worker. Warnings and errors also go to standard error;
 * with `stdout` every line is repeated on standard output. A disk that is full costs lines, never the server.
 */
export function openLog(dataFolder: string, options: { stdout: boolean }): LogSink {
  const folder = join(dataFolder, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "registry.log");
  let written = sizeOf(path);
  let stream: WriteStream | undefined;
  let closedUntil = 0;
  const open = (): WriteStream => {
    const opened = createWriteStream(path, { flags: "a", mode: 0o600 });
    opened.on("error", (error) => {
      // Of many lines that fail together the first one says it.
      if (stream !== opened) return;
      stream = undefined;
      closedUntil = Date.now() + pause;
      process.stderr.write(`${path} takes no lines: ${error.message}\n`);
    });
    return opened;
  };
  const append = (text: string): void => {
    if (!stream && Date.now() < closedUntil) return;
    stream ??= open();
    stream.write(text);
    written += Buffer.byteLength(text);
  };
  return {
    path,
    write(line) {
      const text = `${toJson(line)}\n`;
      if (written > rotateAtBytes) {
        stream?.end();
        stream = undefined;
        rotate(path);
        written = 0;
      }
      append(text);
      if (options.stdout) process.stdout.write(text);
      else if (isWarning(line.level)) process.stderr.write(text);
    },
    close: () => new Promise((resolve) => (stream ? stream.end(() => resolve()) : resolve())),
  };
}
