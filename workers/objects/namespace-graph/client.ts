import type { Outcome } from "../../../core/errors.ts";
import type { CommandInput, CommandName, CommandOrigin, CommandResult, NamespaceGraph } from "./index.ts";

/** Gives a command to a namespace's graph. The platform's RPC types do not carry generics, so they are restored here. */
export function runCommand<N extends CommandName>(
  graph: DurableObjectStub<NamespaceGraph>,
  name: N,
  origin: CommandOrigin,
  input: CommandInput<N>,
): Promise<Outcome<CommandResult<N>>> {
  return graph.run(name, origin, input) as unknown as Promise<Outcome<CommandResult<N>>>;
}
