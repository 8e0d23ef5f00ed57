import { type Command, CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { CliError } from "./failure.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report.ts";
import { Output } from "./terminal/output.ts";

/** Makes commander throw instead of ending the process and, with `--json`, keeps its text off stderr. */
function prepare(command: Command, json: boolean): void {
  command.exitOverride();
  if (json) command.configureOutput({ writeErr: () => undefined });
  for (const child of command.commands) prepare(child, json);
}

/** A reader such as `head` may go before everything is written: that is its right, and no failure. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

function asFailure(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  return new CliError("usage", error.message.replace(/^error: /, ""), ["Add --help to see what the command expects."]);
}

/** Runs the CLI with a process's arguments and sets its exit code; never ends the process itself. */
export async function run(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  const json = argv.includes("--json");
  const program = createProgram();
  prepare(program, json);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // Help and version are commander's way of being done; without --json it has printed its message by itself.
    if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = exitCodes.ok;
    else if (error instanceof CommanderError && !json) process.exitCode = exitCodes.usage;
    else process.exitCode = reportError(asFailure(error), new Output({ json, env: process.env }));
  }
}
