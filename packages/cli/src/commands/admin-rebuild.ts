import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { count } from "../terminal/count.ts";
import { parseNamespacePath } from "../sdk.ts";

/** `gati admin rebuild`: makes the rows that are read again from the namespaces' events. */
export function rebuildCommand(): Command {
  return newCommand("rebuild", "make what is read again from the namespaces' events (operators)")
    .argument("[namespace]", "such as users/ann; all when left out")
    .action(
      action(async (context: CommandContext, _options: object, namespace?: string) => {
        context.requireCredential();
        const { administration } = context.client;
        const rebuilt = await administration.rebuild(
          namespace === undefined ? undefined : parseNamespacePath(namespace).namespace,
          (done) => context.output.note(`${done.namespace} (${count(done.events, "event")})`),
        );
        const events = rebuilt.reduce((sum, done) => sum + done.events, 0);
        context.output.result({ rebuilt }, [
          `Rebuilt ${count(rebuilt.length, "namespace")} from ${count(events, "event")}.`,
        ]);
      }),
    );
}
