import {
  gatiManifestType,
  manifestType,
  randomContent,
  type Descriptor,
  type Json,
  type Repository,
  utf8,
} from "./repository.ts";

export interface ModuleOptions {
  readonly type?: string;
  readonly content?: Uint8Array;
  /** Further fields of the Gati manifest, or others than the usual ones. */
  readonly gati?: Json;
  readonly layers?: readonly Descriptor[];
}

/** The OCI manifest of a Gati module whose blobs are uploaded. */
export async function gatiModule(repository: Repository, version: string, options: ModuleOptions = {}): Promise<Json> {
  const { type = "module-node", content = randomContent(64), gati = {} } = options;
  const [, , name] = repository.name.split("/");
  const manifest = { schemaVersion: 1, name, version, type, dependencies: {}, ...gati };
  const config = await repository.pushBlob(utf8(JSON.stringify(manifest)), gatiManifestType);
  const layer = await repository.pushBlob(content, "application/vnd.gati.content.v1.tar+gzip");
  const titled = { ...layer, annotations: { "org.opencontainers.image.title": `${name}-${version}.tgz` } };
  return {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: `application/vnd.gati.${type}.v1`,
    config,
    layers: options.layers ?? [titled],
  };
}

/** PUT of a version through the REST API. */
export function putVersion(
  repository: Repository,
  version: string,
  manifest: Json | Uint8Array,
  mediaType = manifestType,
): Promise<Response> {
  const body = manifest instanceof Uint8Array ? manifest : utf8(JSON.stringify(manifest));
  const headers = { "Content-Type": mediaType };
  return repository.api.send("PUT", versionPath(repository, version), { as: repository.as, body, headers });
}

export const artifactPath = (repository: Repository) => `/api/v1/artifacts/${repository.name}`;
export const versionPath = (repository: Repository, version: string) =>
  `${artifactPath(repository)}/versions/${version}`;

/** Publishes a module that must be taken. */
export async function publishModule(
  repository: Repository,
  version: string,
  options: ModuleOptions = {},
): Promise<{ digest: string }> {
  const response = await putVersion(repository, version, await gatiModule(repository, version, options));
  if (response.status !== 201) throw new Error(`not published: ${response.status} ${await response.text()}`);
  return (await response.json()) as { digest: string };
}
