import {
  ApiError,
  namespacePath,
  parseArtifactReference,
  parseRepository,
  type RegistryClient,
  type Repository,
  repositoryParts,
} from "../sdk.ts";

const kinds = ["users", "orgs"] as const;

/**
 * Finds the repository of `@handle/name`: the registry decides whether the handle is a user or an organisation, and
 * nothing else. Works for an artifact of which nothing is published any more, too. Throws `name_unknown`.
 */
export async function findRepository(client: RegistryClient, name: string): Promise<Repository> {
  const resolved = await client.resolve(name).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === "version_unknown") return undefined;
    throw error;
  });
  if (resolved === undefined) return withoutVersions(client, name);
  const { kind, handle, repository } = parseRepository(resolved.repository);
  const asked = parseArtifactReference(name);
  // An artifact that was renamed keeps its handle, and goes on being read under the name that was asked for.
  if (asked.handle === handle) return repositoryParts(kind, handle, asked.name).repository;
  throw new ApiError("digest_invalid", `The registry answered ${repository} when asked for ${name}.`, {
    suggestions: ["Report this to the registry's operator."],
  });
}

async function withoutVersions(client: RegistryClient, text: string): Promise<Repository> {
  const { handle, name } = parseArtifactReference(text);
  for (const kind of kinds) {
    const { repository } = parseRepository(`${namespacePath(kind, handle)}/${name}`);
    try {
      await client.artifacts.get(repository);
      return repository;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
  throw new ApiError("name_unknown", `There is no ${text} that you may see.`);
}
