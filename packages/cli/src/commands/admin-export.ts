import { resolve } from "node:path";
import type { Command } from "commander";
import { formatBytes } from "../../../../core/format-bytes.ts";
import { exportRegistry } from "../backup/export-registry.ts";
import { BackupFolder } from "../backup/folder.ts";
import { lostInWords } from "../backup/summary.ts";
import { inventory } from "../backup/inventory.ts";
import { exitCodes } from "../exit-codes.ts";
import { count } from "../terminal/count.ts";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";

/** `gati admin export`: the whole registry as an OCI layout with what OCI cannot express beside it. */
export function exportCommand(): Command {
  return newCommand("export", "back the whole registry up into a folder, or bring that folder up to date (operators)")
    .argument("<folder>", "new or empty, or the folder of an earlier export")
    .action(
      action(async (context: CommandContext, _: object, folder: string) => {
        context.requireCredential();
        const root = resolve(context.cwd, folder);
        const { summary, fetched, lost } = await exportRegistry(context.client, new BackupFolder(root), context.output);
        const { files: _files, kinds: _kinds, ...counts } = summary;
        if (lost.length > 0) {
          context.output.warn(
            `${count(lost.length, "blob")} that manifests name are not in the registry, so not in the backup either: ${lostInWords(lost)}. Run: gati admin verify`,
          );
          process.exitCode = exitCodes.incomplete;
        }
        context.output.result({ folder: root, ...counts, fetched, lost }, [
          `Exported ${inventory(summary)}.`,
          `${count(summary.manifests, "manifest")} and ${count(summary.blobs, "blob")} with ${formatBytes(summary.bytes)}; ${fetched.blobs} with ${formatBytes(fetched.bytes)} were fetched now.`,
          `${root} holds private content and what signs people in: keep it as safe as the registry itself.`,
        ]);
      }),
    );
}
