import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { type Handle, type NamespacePath, namespacePath, parseRepository, type Repository } from "../sdk.ts";
import { keyFromEnvironment } from "../settings/registry.ts";
import { ciAdvice, ciToken, inTrustedCi } from "./ci-token.ts";

export interface TrustedPublisher {
  /** The same context with the token that the registry gave for the job's. */
  readonly context: CommandContext;
  /** What the token may publish. */
  readonly repositories: readonly Repository[];
}

/**
 * Signs a CI job in by its own ID token, when no key is configured: a key that somebody set is what they want used.
 * Undefined elsewhere. Throws `not_logged_in` when there is neither, `ApiError` when the registry does not trust the job.
 */
export async function trustedPublisher(context: CommandContext): Promise<TrustedPublisher | undefined> {
  const { env, output, registry } = context;
  if ((keyFromEnvironment(env) ?? context.login?.key) !== undefined) return undefined;
  if (!inTrustedCi(env)) {
    const advice = ciAdvice(env);
    if (advice.length > 0) throw new CliError("not_logged_in", `You are not logged in to ${registry.origin}.`, advice);
    context.requireCredential();
    return undefined;
  }
  const { publishing } = context.client;
  const { token, repositories, publisher } = await publishing.exchange(await ciToken(env, await publishing.audience()));
  output.note(`Publishing as ${publisher.provider}:${publisher.source}, which ${registry.origin} trusts.`);
  return {
    context: { ...context, client: context.clientWith(token), requireCredential: () => undefined },
    repositories,
  };
}

/** The namespace of the artifact among those that the job may publish. Throws `namespace_unknown`. */
export function trustedNamespace(
  { repositories }: TrustedPublisher,
  name: string,
  wanted: string | undefined,
): { handle: Handle; namespace: NamespacePath } {
  const fitting = repositories
    .map((repository) => parseRepository(repository))
    .filter((one) => one.name === name)
    .filter(
      ({ handle, namespace }) =>
        wanted === undefined || [handle, `@${handle}`, namespace].some((one) => one === wanted),
    );
  const [only, ...others] = fitting;
  if (only && others.length === 0) return { handle: only.handle, namespace: namespacePath(only.kind, only.handle) };
  throw new CliError(
    "namespace_unknown",
    only
      ? `This job may publish ${name} in several namespaces.`
      : `This job may publish ${repositories.join(", ")}, but not ${wanted === undefined ? "" : `${wanted}/`}${name}.`,
    only
      ? ["Name one with --namespace."]
      : ["Have an admin add a rule: gati trust add <artifact>, or publish under a name that has one."],
  );
}
