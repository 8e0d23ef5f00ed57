import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { requireLabel } from "../publish/labels.ts";
import { sizeOf } from "../publish/plan.ts";
import { publishModule, type Published } from "../publish/publish.ts";
import { parseRepository } from "../sdk.ts";
import type { Output } from "../terminal/output.ts";
import { formatBytes } from "../../../../core/format-bytes.ts";

interface Options {
  namespace?: string;
  manifest?: string;
  tag?: string[];
  dryRun?: boolean;
  chunkSize?: string;
}

const collect = (value: string, list: string[] = []): string[] => [...list, value];

function chunkSizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new CliError("usage", "--chunk-size takes a number of bytes.", ["For example: --chunk-size 5000000"]);
}

function headlineOf(output: Output, reference: string, { status, movedLabels }: Published): string {
  const named = output.style("bold", reference);
  const moved =
    movedLabels.length === 0 ? "" : `the label${movedLabels.length === 1 ? "" : "s"} ${movedLabels.join(", ")}`;
  switch (status) {
    case "published":
      return `${output.style("green", "Published")} ${named}${moved && `, and moved ${moved} to it.`}`;
    case "already-published":
      return `${named} was already published with this content; ${moved ? `moved ${moved} to it` : "nothing changed"}.`;
    case "dry-run":
      return `${named} would be published (dry run).`;
  }
}

function uploadLine({ uploads }: Published): string {
  if (uploads === undefined) return "";
  const { bytes, resumedBytes, uploaded, skipped } = uploads;
  const resumed =
    resumedBytes === 0
      ? ""
      : `, gone on with an interrupted upload of which ${formatBytes(resumedBytes)} were there already`;
  return `, ${formatBytes(bytes - resumedBytes)} uploaded${resumed}, ${skipped} of ${skipped + uploaded} blobs were there already`;
}

function summary(context: CommandContext, published: Published, labels: readonly string[]): void {
  const { plan, repository, version, files, status, movedLabels, uploads } = published;
  const { handle, name } = parseRepository(repository);
  const reference = `@${handle}/${name}@${version}`;
  const { type, category } = plan.manifest;
  const { output } = context;
  const data = {
    status,
    reference,
    repository,
    version,
    type,
    ...(category === undefined ? {} : { category }),
    digest: plan.digest,
    size: sizeOf(plan),
    layers: plan.layers,
    ...(files === undefined ? {} : { files }),
    ...(uploads === undefined ? {} : { uploads }),
    ...(status === "dry-run"
      ? {}
      : {
          labels,
          movedLabels,
          image: `${context.registry.host}/${repository}:${version}`,
          registry: context.registry.origin,
        }),
  };
  output.result(data, [
    headlineOf(output, reference, published),
    `  type    ${type}${category === undefined ? "" : ` (category ${category})`}`,
    `  digest  ${plan.digest}`,
    `  size    ${formatBytes(sizeOf(plan))}${uploadLine(published)}`,
    ...(status === "dry-run"
      ? (files ?? []).map((file) => `  file    ${file}`)
      : [`  install gati module install ${reference}`]),
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
        const labels = options.tag ?? [];
        for (const label of labels) requireLabel(label);
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
