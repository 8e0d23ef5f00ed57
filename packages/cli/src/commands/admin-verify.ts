import type { Command } from "commander";
import { formatBytes } from "../../../../core/format-bytes.ts";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { count } from "../terminal/count.ts";
import type { Output } from "../terminal/output.ts";
import type { Finding } from "../sdk.ts";

const colours = { error: "red", warning: "yellow", note: "dim" } as const;

function lines(output: Output, { severity, kind, what, message, remedy, repaired }: Finding): string[] {
  const label = repaired ? output.style("green", "repaired") : output.style(colours[severity], severity);
  return [`${label} ${kind} ${what}`, `  ${message}`, `  ${output.style("cyan", "→")} ${remedy}`];
}

/** `gati admin verify`: checks metadata against objects and digests. */
export function verifyCommand(): Command {
  return newCommand("verify", "check metadata against objects and digests (operators)")
    .option("--deep", "read every byte and compare it with its digest")
    .option("--repair", "repair what can be repaired without doubt")
    .action(
      action(async (context: CommandContext, options: { deep?: boolean; repair?: boolean }) => {
        context.requireCredential();
        const { output } = context;
        const report = await context.client.administration.verify({
          deep: options.deep ?? false,
          repair: options.repair ?? false,
        });
        const { checked, findings } = report;
        const damage = findings.filter(({ repaired, severity }) => !repaired && severity !== "note");
        const read = options.deep ? `, ${formatBytes(checked.bytes)} read` : "";
        output.result(report, [
          ...findings.flatMap((finding) => lines(output, finding)),
          `Checked ${count(checked.namespaces, "namespace")}, ${count(checked.blobs, "blob")}, ${count(checked.manifests, "manifest")}, ${count(checked.links, "link")}, ${count(checked.objects, "object")}${read}.`,
          findings.length === 0
            ? "Everything is as it should be."
            : `${count(findings.length, "finding")}, ${findings.filter(({ repaired }) => repaired).length} repaired, ${damage.length} left.`,
        ]);
        if (damage.length > 0) process.exitCode = exitCodes.integrity;
      }),
    );
}
