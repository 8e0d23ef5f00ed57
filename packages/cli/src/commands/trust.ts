import { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { parseRepository, type PublisherRule, type PublisherRuleInput } from "../sdk.ts";

interface AddOptions {
  github?: string;
  gitlab?: string;
  issuer?: string;
  workflow?: string;
  configFile?: string;
  environment?: string;
  ref?: string;
  claim?: string[];
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];
const artifact = "such as users/ann/thing; it need not exist yet";

function wrongUse(message: string): CliError {
  return new CliError("usage", message, [
    "gati trust add users/ann/thing --github ann/thing --workflow release.yml",
    "gati trust add users/ann/thing --gitlab ann/thing",
    "gati trust add users/ann/thing --issuer https://ci.example --claim sub=release-bot",
  ]);
}

function claimsOf(claims: readonly string[] | undefined): Record<string, string> {
  const pairs = (claims ?? []).map((text) => /^([^=]+)=(.+)$/.exec(text)?.slice(1));
  if (pairs.length === 0 || pairs.includes(undefined))
    throw wrongUse("--claim takes <name>=<value>, and sub is needed.");
  return Object.fromEntries(pairs as [string, string][]);
}

function ruleOf(options: AddOptions): PublisherRuleInput {
  const { github, gitlab, issuer, workflow, configFile, environment, ref } = options;
  const narrow = {
    ...(issuer === undefined ? {} : { issuer }),
    ...(environment === undefined ? {} : { environment }),
    ...(ref === undefined ? {} : { ref }),
  };
  if (github !== undefined && gitlab === undefined) {
    const [owner = "", repository = "", ...rest] = github.split("/");
    if (!owner || !repository || rest.length > 0) throw wrongUse("--github takes <owner>/<repository>.");
    if (workflow === undefined) throw wrongUse("Name the workflow that publishes: --workflow release.yml");
    return { provider: "github", owner, repository, workflow, ...narrow };
  }
  if (gitlab !== undefined && github === undefined) {
    return { provider: "gitlab", project: gitlab, ...(configFile === undefined ? {} : { configFile }), ...narrow };
  }
  if (github !== undefined || issuer === undefined) throw wrongUse("Name one of --github, --gitlab and --issuer.");
  return { provider: "oidc", issuer, claims: claimsOf(options.claim) };
}

function line(rule: PublisherRule): string {
  const says = Object.entries(rule.conditions).map(([name, value]) => `${name} ${value}`);
  const used = rule.pending ? "waits for the first version" : `last used ${rule.lastUsedAt ?? "never"}`;
  return `${rule.id}  ${rule.provider}: ${says.join(", ")} (${used})`;
}

function list(): Command {
  return newCommand("list", "show which CI runs may publish an artifact")
    .argument("<artifact>", artifact)
    .action(
      action(async (context: CommandContext, _options: object, name: string) => {
        context.requireCredential();
        const { repository } = parseRepository(name);
        const publishing = await context.client.publishing.get(repository);
        const { trustedOnly, publishers } = publishing;
        context.output.result({ repository, ...publishing }, [
          ...(publishers.length === 0 ? [`No CI run may publish ${repository}.`] : publishers.map(line)),
          ...(trustedOnly ? ["New versions come from these alone."] : []),
        ]);
      }),
    );
}

function add(): Command {
  return newCommand("add", "let runs of a CI system publish an artifact without a key")
    .argument("<artifact>", artifact)
    .option("--github <owner/repository>", "runs of GitHub Actions there")
    .option("--workflow <file>", "file in .github/workflows that publishes")
    .option("--gitlab <project>", "pipelines of that project, with its groups")
    .option("--config-file <file>", "file that describes the pipeline (default: .gitlab-ci.yml)")
    .option("--environment <name>", "only jobs of this environment")
    .option("--ref <ref>", "only this branch or tag: refs/heads/main, refs/tags/v1")
    .option("--issuer <url>", "issuer of the tokens: of an own server, or of any other CI system with --claim")
    .option("--claim <name=value>", "claim that the token must have; may be repeated, and sub is needed", collect)
    .action(
      action(async (context: CommandContext, options: AddOptions, name: string) => {
        const rule = ruleOf(options);
        context.requireCredential();
        const { repository } = parseRepository(name);
        const added = await context.client.publishing.add(repository, rule);
        context.output.result({ repository, ...added }, [`${repository} trusts:`, line(added)]);
      }),
    );
}

function remove(): Command {
  return newCommand("remove", "end a rule and the tokens that it gave")
    .argument("<artifact>", artifact)
    .argument("<id>", "as gati trust list shows it")
    .action(
      action(async (context: CommandContext, _options: object, name: string, id: string) => {
        context.requireCredential();
        const { repository } = parseRepository(name);
        await context.client.publishing.remove(repository, id);
        context.output.result({ repository, id, removed: true }, [`${repository} does not trust ${id} any more.`]);
      }),
    );
}

function demand(): Command {
  return newCommand("require", "take new versions from trusted CI runs alone")
    .argument("<artifact>", artifact)
    .option("--off", "let keys and sign-ins publish again")
    .action(
      action(async (context: CommandContext, options: { off?: boolean }, name: string) => {
        context.requireCredential();
        const { repository } = parseRepository(name);
        const publishing = await context.client.publishing.demandTrusted(repository, options.off !== true);
        const { trustedOnly } = publishing;
        context.output.result({ repository, ...publishing }, [
          trustedOnly
            ? `New versions of ${repository} come from trusted CI runs alone.`
            : `Whoever may write publishes versions of ${repository} again.`,
        ]);
      }),
    );
}

/** `gati trust …`: CI systems that publish without a key. */
export function trustCommand(): Command {
  const group = new Command("trust").description("let CI runs publish without a key (log in with --admin first)");
  for (const command of [list(), add(), remove(), demand()]) group.addCommand(command);
  return group;
}
