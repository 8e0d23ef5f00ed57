import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { ApiError } from "../sdk.ts";
import { revokeKey } from "../revoke-key.ts";

/** `gati logout`: revokes the key and forgets it. */
export function logoutCommand(): Command {
  return newCommand("logout", "revoke the key that `gati login` made and forget it")
    .option("--local", "forget the key without revoking it, for when the registry is away")
    .action(
      action(async (context: CommandContext, options: { local?: boolean }) => {
        const registry = context.registry.origin;
        if (context.login === undefined) {
          throw new CliError("not_logged_in", `You are not logged in to ${registry}.`, [
            "Name another registry with --registry; `gati whoami` shows the current one.",
          ]);
        }
        let revoked = false;
        if (!options.local) {
          revoked = await revokeKey(context, context.login).catch((cause: unknown) => {
            throw cause instanceof ApiError
              ? new ApiError(cause.code, cause.message, {
                  cause,
                  suggestions: ["Try again, or use --local to forget the key here and revoke it later."],
                })
              : cause;
          });
        }
        await context.credentials.delete(registry);
        const given = context.login.keyId === undefined ? " The key was made elsewhere and is still valid." : "";
        context.output.result({ registry, handle: context.login.handle, revoked }, [
          `Logged out of ${registry}.${revoked ? " The key was revoked." : given}`,
        ]);
      }),
    );
}
