import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { findRepository } from "../install/find-repository.ts";
import { noSuchVersion } from "../install/no-such-version.ts";
import { dependencyName } from "../project/gati-json.ts";
import { ApiError, type Downloads, parseArtifactReference, type RegistryClient, type Resolution } from "../sdk.ts";
import { formatBytes } from "../../../../core/format-bytes.ts";

/** One line of the description, or none when there is nothing to say. */
function line(label: string, value: string | undefined | null): string[] {
  return value ? [`  ${label.padEnd(13)}${value}`] : [];
}

/** What a reference means now; when nothing matches it, the error says what is there instead. */
async function resolve(client: RegistryClient, reference: string): Promise<Resolution> {
  const name = dependencyName(reference);
  try {
    return await client.resolve(reference);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "version_unknown")) throw error;
    const versions = await client.artifacts.versions(await findRepository(client, name));
    throw noSuchVersion(name, parseArtifactReference(reference).selector, versions, error, undefined, "info");
  }
}

/** "1234, 56 in the last 7 days, 200 in the last 30". */
function downloadsLine(all: number, { total, days }: Downloads): string {
  const week = days.slice(-7).reduce((sum, { downloads }) => sum + downloads, 0);
  return `${all}, ${week} in the last 7 days, ${total} in the last 30`;
}

/** `gati module info`: one version of an artifact, and which others there are. */
export function infoCommand(): Command {
  return newCommand("info", "show an artifact, its newest or a named version, and its versions")
    .argument("<name>", "@handle/name, with @range, @label or @digest if wanted")
    .action(
      action(async (context: CommandContext, _options: object, name: string) => {
        const { client, output } = context;
        const resolution = await resolve(client, name);
        const { repository, version } = resolution;
        const [artifact, versions, month, detail] = await Promise.all([
          client.artifacts.get(repository),
          client.artifacts.versions(repository),
          client.artifacts.downloads(repository, { days: 30 }),
          version === null ? undefined : client.artifacts.version(repository, version),
        ]);
        const manifest = detail?.manifest;
        const dependencies = Object.entries(manifest?.dependencies ?? {});
        output.result({ artifact, resolution, version: detail ?? null, versions, downloads: month }, [
          `${output.style("bold", `@${artifact.namespace.replace(/^\w+\//, "")}/${artifact.name}@${version ?? resolution.digest}`)}  ${artifact.type}`,
          ...(artifact.description ? [artifact.description] : []),
          ...(resolution.deprecation ? [output.style("yellow", `deprecated: ${resolution.deprecation}`)] : []),
          "",
          ...line(
            "verified",
            artifact.publisher.verified.map(({ kind, subject }) => `${subject} (${kind})`).join(", "),
          ),
          ...line("digest", resolution.digest),
          ...line("size", detail && formatBytes(detail.size)),
          ...line("licence", manifest?.license),
          ...line("author", manifest?.author),
          ...line("repository", manifest?.repository),
          ...line("published", `${resolution.publishedAt}${detail?.publishedBy ? ` by ${detail.publishedBy}` : ""}`),
          ...line("downloads", downloadsLine(artifact.downloads, month)),
          ...line("depends on", dependencies.map(([key, range]) => `${key} ${range}`).join(", ")),
          ...line(
            "labels",
            Object.entries(artifact.labels)
              .map(([label, target]) => `${label} → ${target.version ?? target.digest}`)
              .join(", "),
          ),
          ...line(
            "versions",
            versions
              .slice(0, 20)
              .map((item) => (item.state === "published" ? item.version : `${item.version} (${item.state})`))
              .join(", "),
          ),
          ...line("image", detail?.reference),
        ]);
      }),
    );
}
