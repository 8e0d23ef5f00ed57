import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { boundsText } from "./token.ts";

/** `gati whoami`: which account, which registry, what the key may do and how much of it is left. */
export function whoamiCommand(): Command {
  return newCommand("whoami", "show who you are at the registry and what your key may do")
    .option("--limits", "also show how much you may do, and what is left of it")
    .action(
      action(async (context: CommandContext, options: { limits?: boolean }) => {
        context.requireCredential();
        const { auth } = context.client;
        const [{ user, credential, publisher, namespaces }, limits] = await Promise.all([
          auth.me(),
          options.limits ? auth.limits() : undefined,
        ]);
        const registry = context.registry.origin;
        context.output.result(
          {
            registry,
            user,
            credential,
            ...(publisher ? { publisher } : {}),
            namespaces,
            ...(limits ? { limits } : {}),
          },
          [
            `${context.output.style("bold", user.handle)} at ${registry}`,
            `Scopes: ${credential.scopes.join(", ") || "none"}${boundsText(credential)}${credential.expiresAt ? `, until ${credential.expiresAt}` : ""}`,
            ...namespaces.map(({ namespace, role }) => `${namespace}: ${role}`),
            ...(limits ?? []).map(
              ({ policy, limit, windowSeconds, remaining }) =>
                `${policy}: ${remaining} left now, ${limit} every ${windowSeconds} s`,
            ),
          ],
        );
      }),
    );
}
