import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";

const name = "a handle such as acme, or an artifact such as orgs/acme/thing";

function decide(verb: "allow" | "refuse", description: string, told: string): Command {
  return newCommand(verb, description)
    .argument("<name>", name)
    .action(
      action(async (context: CommandContext, _options: object, wanted: string) => {
        context.requireCredential();
        context.output.result(await context.client.names.allow(wanted, verb === "allow"), [`${wanted} ${told}`]);
      }),
    );
}

function list(): Command {
  return newCommand("list", "list names that are allowed although they look like others").action(
    action(async (context: CommandContext) => {
      context.requireCredential();
      const names = await context.client.names.allowed();
      context.output.result(
        names,
        names.length === 0 ? ["None."] : names.map((one) => `${one.name}  by ${one.allowedBy}, ${one.allowedAt}`),
      );
    }),
  );
}

/** `gati admin names …`: which names may look like others (operators). */
export function namesCommand(): Command {
  const group = new Command("names").description("allow names that look like others (operators)");
  group.addCommand(list());
  group.addCommand(decide("allow", "let a name pass although it looks like another one", "may be taken."));
  group.addCommand(decide("refuse", "take that back; whoever has it keeps it", "is judged like every other name."));
  return group;
}
