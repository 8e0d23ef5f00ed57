import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import type { SessionDescription } from "../sdk.ts";
import { type AccountOptions, withAccount } from "../with-account.ts";

interface Options extends AccountOptions {
  readonly end?: string;
  readonly endAll?: boolean;
}

const line = ({ id, agent, address, createdAt, lastUsedAt }: SessionDescription) =>
  `${id}  since ${createdAt}, last used ${lastUsedAt}${address === null ? "" : `, from ${address}`}${agent === null ? "" : `, ${agent}`}`;

/** `gati account sessions` */
export function sessionsCommand(): Command {
  return newCommand("sessions", "show where you are signed in, and sign out there")
    .option("--handle <handle>", "whose sessions")
    .option("--password-stdin", "read the password from standard input")
    .option("--end <id>", "end this session")
    .option("--end-all", "end all sessions")
    .action(
      action(async (context: CommandContext, options: Options) => {
        const { ended, sessions } = await withAccount(context, options, [], async ({ account }) => {
          if (options.end !== undefined) await account.endSession(options.end);
          const others = options.endAll ? await account.endOtherSessions() : 0;
          // The one that this command opened is over when the command is.
          const left = (await account.sessions()).filter(({ current }) => !current);
          return { ended: others + (options.end === undefined ? 0 : 1), sessions: left };
        });
        context.output.result({ ended, sessions }, [
          ...(ended > 0 ? [`Ended ${ended}.`] : []),
          ...(sessions.length > 0 ? sessions.map(line) : ["You are signed in nowhere else."]),
        ]);
      }),
    );
}
