import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { dependencyName } from "../project/gati-json.ts";
import { requireLabel } from "../publish/labels.ts";

/** `gati module label`: points a label at what a reference means now. */
export function labelCommand(): Command {
  return newCommand("label", "move a label such as beta to a version")
    .argument("<reference>", "@handle/name, with @version, @range, @label or @digest")
    .argument("<label>", "the label to move, or to make")
    .action(
      action(async (context: CommandContext, _options: object, reference: string, label: string) => {
        const name = dependencyName(reference);
        requireLabel(label);
        context.requireCredential();
        const { repository, version, digest } = await context.client.resolve(reference);
        const { bytes, mediaType } = await context.client.oci.getManifest(repository, digest);
        await context.client.oci.putManifest(repository, label, bytes, mediaType);
        context.output.result({ label, reference: `${name}@${label}`, repository, version, digest }, [
          `${name}@${label} is ${version ?? digest} now.`,
        ]);
      }),
    );
}
