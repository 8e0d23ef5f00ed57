import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { type InstalledModule, installModules } from "../install/install.ts";
import { formatBytes } from "../../../../core/format-bytes.ts";

const signs = { added: "+", changed: "~", repaired: "!", reinstalled: "=", unchanged: "=" } as const;

function line({ name, version, digest, status, repaired }: InstalledModule): string {
  const files =
    repaired === undefined
      ? ""
      : `: ${repaired.slice(0, 3).join(", ")}${repaired.length > 3 ? ` and ${repaired.length - 3} more` : ""}`;
  const note = {
    added: "",
    changed: "",
    unchanged: "",
    repaired: ` (files were missing or edited${files})`,
    reinstalled: " (unpacked again)",
  }[status];
  return `${signs[status]} ${name}@${version ?? digest}${note}`;
}

/** `gati module install`: resolve, verify, unpack, lock. */
export function installCommand(): Command {
  return newCommand("install", "install modules and what they need, or everything that gati.json asks for")
    .argument("[names...]", "@handle/name, with @range, @label or @digest if wanted")
    .option("--frozen", "install exactly what gati.lock says, and fail when it does not answer gati.json")
    .option("--force", "unpack modules again that are in place and intact")
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
          ...changed.map(line),
          ...result.removed.map((name) => `- ${name}`),
          changed.length + result.removed.length === 0
            ? `${total} in place, nothing to do.`
            : `${total} in gati_modules, ${formatBytes(result.downloadedBytes)} downloaded.`,
        ]);
      }),
    );
}
