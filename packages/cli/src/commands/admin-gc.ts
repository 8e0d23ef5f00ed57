import type { Command } from "commander";
import { count } from "../terminal/count.ts";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { formatBytes } from "../../../../core/format-bytes.ts";

/** `gati admin gc`: collects garbage now instead of at the next full hour. */
export function gcCommand(): Command {
  return newCommand("gc", "collect garbage: content that no version needs any more (operators)")
    .option("--dry-run", "only say what would be removed")
    .action(
      action(async (context: CommandContext, options: { dryRun?: boolean }) => {
        context.requireCredential();
        const report = await context.client.administration.collectGarbage({ dryRun: options.dryRun ?? false });
        const verb = report.dryRun ? "Would remove" : "Removed";
        context.output.result(report, [
          `${verb} ${count(report.blobs, "blob")} with ${formatBytes(report.bytes)}, ${count(report.links, "link")}, ${count(report.objects, "object")}.`,
          ...(report.blobs > 0 && !report.dryRun
            ? ["The blobs' objects follow in an hour: downloads may be under way."]
            : []),
        ]);
      }),
    );
}
