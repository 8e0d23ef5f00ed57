import { resolve } from "node:path";
import type { Command } from "commander";
import { formatBytes } from "../../../../core/format-bytes.ts";
import { BackupFolder } from "../backup/folder.ts";
import { importRegistry } from "../backup/import-registry.ts";
import { inventory } from "../backup/inventory.ts";
import { lostInWords } from "../backup/summary.ts";
import { count } from "../terminal/count.ts";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";

/** `gati admin import`: puts a backup into an empty registry. */
export function importCommand(): Command {
  return newCommand("import", "put a backup into an empty registry, or go on with that (operators)")
    .argument("<folder>", "folder of a finished export")
    .action(
      action(async (context: CommandContext, _: object, folder: string) => {
        context.requireCredential();
        const { status, summary, finishedAt, sent } = await importRegistry(
          context.client,
          new BackupFolder(resolve(context.cwd, folder)),
          { cacheDirectory: context.directories.cache, output: context.output },
        );
        if (summary.lost)
          context.output.warn(
            `This backup has not ${count(summary.lost.length, "blob")} that manifests name: ${lostInWords(summary.lost)}. Push what needs them again.`,
          );
        const { files: _files, kinds: _kinds, ...counts } = summary;
        const lines =
          status === "imported-before"
            ? [`This backup was imported on ${finishedAt}: nothing is left to do.`]
            : [
                `Imported ${inventory(summary)}.`,
                `Sent ${count(sent.blobs, "blob")} with ${formatBytes(sent.bytes)} now. Passwords and keys are those of the backup.`,
              ];
        context.output.result({ status, finishedAt, sent, ...counts }, lines);
      }),
    );
}
