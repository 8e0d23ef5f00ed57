import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { publishModule, type Published } from "../publish/publish.ts";
import { isTag, isVersion, parseRepository } from "../sdk.ts";
import { formatBytes } from "../terminal/progress.ts";

interface Options {
  namespace?: string;
  manifest?: string;
  tag?: string[];
  dryRun?: boolean;
  chunkSize?: string;
}

const collect = (value: string, list: string[] = []): string[] => [...list, value];

function labelsOf(tags: readonly string[] | undefined): readonly string[] {
  for (const tag of tags ?? []) {
    if (isTag(tag) && !isVersion(tag)) continue;
    throw new CliError("usage", `"${tag}" cannot be a label.`, [
      "Use letters, digits, '.', '_' and '-', and no version: versions come from the manifest.",
    ]);
  }
  return tags ?? [];
}

function chunkSizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new CliError("usage", "--chunk-size takes a number of bytes.", ["For example: --chunk-size 5000000"]);
}

function summary(
  context: CommandContext,
  { plan, repository, version, files, status, uploads }: Published,
  labels: readonly string[],
): void {
  const { handle, name } = parseRepository(repository);
  const reference = `@${handle}/${name}@${version}`;
  const size = plan.layers.reduce((sum, layer) => sum + layer.size, 0);
  const { output } = context;
  const data = {
    status,
    reference,
    repository,
    version,
    type: plan.manifest.type,
    digest: plan.digest,
    size,
    layers: plan.layers,
    ...(files === undefined ? {} : { files }),
    ...(uploads === undefined ? {} : { uploads }),
    ...(status === "dry-run"
      ? {}
      : { labels, image: `${context.registry.host}/${repository}:${version}`, registry: context.registry.origin }),
  };
  const headline = {
    published: `${output.style("green", "Published")} ${output.style("bold", reference)}`,
    "already-published": `${output.style("bold", reference)} was already published with this content; nothing changed.`,
    "dry-run": `${output.style("bold", reference)} would be published (dry run).`,
  }[status];
  output.result(data, [
    headline,
    `  type    ${plan.manifest.type}`,
    `  digest  ${plan.digest}`,
    `  size    ${formatBytes(size)}${uploads === undefined ? "" : `, ${formatBytes(uploads.bytes)} uploaded, ${uploads.skipped} of ${uploads.skipped + uploads.uploaded} blobs were there already`}`,
    ...(status === "dry-run"
      ? (files ?? []).map((file) => `  file    ${file}`)
      : [`  install gati module install @${handle}/${name}@${version}`]),
  ]);
}

/** `gati module publish`: pack, upload, publish. */
export function publishCommand(): Command {
  return newCommand("publish", "publish the module in a directory, or a packed one, as a version that never changes")
    .argument("[path]", "directory of the module, or a .tgz that is published byte for byte", ".")
    .option(
      "--namespace <namespace>",
      "where to publish: users/<handle>, orgs/<handle> or @<handle> (default: the manifest's scope, or your own)",
    )
    .option("--manifest <file>", "read this file instead of gati-module.json")
    .option("--tag <label>", "also move a label to the version; may be repeated", collect)
    .option("--dry-run", "show what would be published and its digest, without sending anything")
    .option("--chunk-size <bytes>", "size of one upload request (default: 10000000)")
    .action(
      action(async (context: CommandContext, options: Options, path: string) => {
        const labels = labelsOf(options.tag);
        const published = await publishModule(context, path, {
          namespace: options.namespace,
          manifest: options.manifest,
          dryRun: options.dryRun === true,
          labels,
          chunkSize: chunkSizeOf(options.chunkSize),
        });
        summary(context, published, labels);
      }),
    );
}
