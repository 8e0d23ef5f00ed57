import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { installModules } from "../install/install.ts";
import { formatBytes } from "../terminal/progress.ts";

const signs = { added: "+", changed: "~", unchanged: "=" } as const;

/** `gati module install`: resolve, verify, unpack, lock. */
export function installCommand(): Command {
  return newCommand("install", "install modules and what they need, or everything that gati.json asks for")
    .argument("[names...]", "@handle/name, with @range, @label or @digest if wanted")
    .option("--frozen", "install exactly what gati.lock says, and fail when it does not answer gati.json")
    .option("--force", "unpack modules again that are in place already")
    .action(
      action(async (context: CommandContext, options: { frozen?: boolean; force?: boolean }, names: string[]) => {
        const { output } = context;
        const result = await installModules(context, {
          references: names,
          frozen: options.frozen === true,
          force: options.force === true,
        });
        for (const warning of result.warnings) output.warn(warning);
        const changed = result.modules.filter(({ status }) => status !== "unchanged");
        const total = `${result.modules.length} module${result.modules.length === 1 ? "" : "s"}`;
        output.result({ ...result, frozen: options.frozen === true }, [
          ...changed.map(({ name, version, digest, status }) => `${signs[status]} ${name}@${version ?? digest}`),
          ...result.removed.map((name) => `- ${name}`),
          changed.length + result.removed.length === 0
            ? `${total} in place, nothing to do.`
            : `${total} in gati_modules, ${formatBytes(result.downloadedBytes)} downloaded.`,
        ]);
      }),
    );
}
