import { type Command, CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report.ts";
import { Output } from "./terminal/output.ts";

function throwOnExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwOnExit(child);
}

/** Runs the CLI with a process's arguments and sets its exit code; never ends the process itself. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  throwOnExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // commander has printed its message; help and version are its way of being done.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    else process.exitCode = reportError(error, new Output({ json: argv.includes("--json"), env: process.env }));
  }
}
