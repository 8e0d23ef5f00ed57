import { CliError } from "../failure.ts";
import {
  ApiError,
  type Handle,
  type NamespacePath,
  namespacePath,
  parseHandle,
  parseNamespacePath,
  type RegistryClient,
} from "../sdk.ts";

/** Reads `users/x`, `orgs/x`, `@x`, `x` or `gati.dev/users/x`; the kind is absent in the short forms. */
function parseChoice(text: string): { handle: Handle; namespace?: NamespacePath } {
  const path = text.replace(/^@/, "").replace(/^[^/]*[.:][^/]*\//, "");
  return path.includes("/") ? parseNamespacePath(path) : { handle: parseHandle(path) };
}

/**
 * The namespace to publish to: what `--namespace` says, the scope that the manifest names, or the user's own.
 * Throws `unauthenticated`, or `namespace_unknown` when no namespace of that handle exists.
 */
export async function chooseNamespace(
  client: RegistryClient,
  option: string | undefined,
  scope: string | undefined,
): Promise<{ handle: Handle; namespace: NamespacePath }> {
  const wanted = option ?? scope;
  const choice = wanted === undefined ? undefined : parseChoice(wanted);
  if (choice?.namespace !== undefined) return { handle: choice.handle, namespace: choice.namespace };
  const me = await client.auth.me();
  if (choice === undefined) {
    const handle = parseHandle(me.user.handle);
    return { handle, namespace: namespacePath("users", handle) };
  }
  const mine = me.namespaces
    .map(({ namespace }) => parseNamespacePath(namespace))
    .find(({ handle }) => handle === choice.handle);
  if (mine) return { handle: mine.handle, namespace: mine.namespace };
  for (const kind of ["users", "orgs"] as const) {
    const namespace = namespacePath(kind, choice.handle);
    try {
      await client.namespaces.get(namespace);
      return { handle: choice.handle, namespace };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  throw new CliError("namespace_unknown", `There is no namespace @${choice.handle} that you may see.`, [
    `Publish to your own with --namespace @${me.user.handle}, or have the organisation made first.`,
  ]);
}
