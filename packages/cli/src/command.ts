import { Command } from "commander";
import { type CommandContext, createContext } from "./context.ts";
import { reportError } from "./report.ts";
import { Output } from "./terminal/output.ts";

/** A command with the options that every command has. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "--registry <url>",
      "registry to talk to (default: GATI_REGISTRY, the one you are logged in to, or the public one)",
    )
    .option("--otp <code>", "a code of your second factor, where one is asked for (default: GATI_OTP, or ask)")
    .option("--json", "print one JSON document instead of text");
}

interface CommonOptions {
  registry?: string;
  otp?: string;
  json?: boolean;
}

/**
 * Wraps a command's work as a commander action: makes the context, and turns what is thrown into a message and an
 * exit code. It never calls `process.exit`, so that a host program which mounts the command keeps control.
 */
export function action<Options, Args extends unknown[]>(
  work: (context: CommandContext, options: Options & CommonOptions, ...args: Args) => Promise<void>,
): (this: Command, ...values: unknown[]) => Promise<void> {
  return async function run(this: Command, ...values: unknown[]): Promise<void> {
    const options = this.opts<Options & CommonOptions>();
    const output = new Output({ json: options.json === true, env: process.env });
    try {
      // commander hands over the positional arguments, then the options and the command itself.
      await work(
        await createContext({ registry: options.registry, otp: options.otp, output }),
        options,
        ...(values.slice(0, -2) as Args),
      );
    } catch (error) {
      process.exitCode = reportError(error, output);
    }
  };
}
