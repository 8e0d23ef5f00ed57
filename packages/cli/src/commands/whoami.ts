import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";

/** `gati whoami`: which account, which registry, what the key may do. */
export function whoamiCommand(): Command {
  return newCommand("whoami", "show who you are at the registry and what your key may do").action(
    action(async (context: CommandContext) => {
      context.requireCredential();
      const { user, credential, namespaces } = await context.client.auth.me();
      const registry = context.registry.origin;
      context.output.result({ registry, user, credential, namespaces }, [
        `${context.output.style("bold", user.handle)} at ${registry}`,
        `Scopes: ${credential.scopes.join(", ") || "none"}${credential.expiresAt ? `, until ${credential.expiresAt}` : ""}`,
        ...namespaces.map(({ namespace, role }) => `${namespace}: ${role}`),
      ]);
    }),
  );
}
