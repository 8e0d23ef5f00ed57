import { gatiManifestType, indexType, manifestType } from "../../http/support/repository.ts";
import { type Client, type Options, GaveUp } from "./client.ts";
import { newContent, sharedContent, textContent } from "./contents.ts";
import type { Content, Manifest, Publication, RepositoryModel } from "./model.ts";
import { pushBlob } from "./push-blob.ts";

const labels = ["stable", "edge", "nightly", "v1", "rc"];
const contentType = "application/vnd.gati.content.v1.tar+gzip";
/** More than the index keeps beside itself, so that the manifest is read from the store. */
const largeAnnotation = 70_000;
let published = 0;

const descriptor = (mediaType: string, { digest, bytes }: Content) => ({ mediaType, digest, size: bytes.length });

/** A number that no version had before. */
const freshVersion = (): string => `0.${(published += 1)}.0`;

async function pushConfig(client: Client, repository: RepositoryModel, text: string): Promise<Content> {
  const content = textContent(text);
  if (!repository.blobs.get(content.digest)?.there.isCertainly(true)) await pushBlob(client, repository, content);
  return content;
}

/** Layers of a new manifest: pushed now, or here from before, whether or not the collector has them by now. */
async function layers(client: Client, repository: RepositoryModel): Promise<Content[]> {
  const { random } = client;
  const chosen = new Map<string, Content>();
  for (let i = random.between(1, 2); i > 0; i--) {
    const old = random.chance(0.6) ? random.maybePick([...repository.blobs.values()])?.content : undefined;
    const content = old ?? (random.chance(0.5) ? sharedContent(random) : newContent(random));
    if (!old) await pushBlob(client, repository, content);
    chosen.set(content.digest, content);
  }
  return [...chosen.values()];
}

async function image(client: Client, repository: RepositoryModel): Promise<Manifest> {
  const config = await pushConfig(client, repository, "{}");
  const content = await layers(client, repository);
  published += 1;
  const padding = client.random.chance(0.1) ? "x".repeat(largeAnnotation) : "";
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: "application/vnd.example.v1",
    config: descriptor("application/vnd.oci.empty.v1+json", config),
    layers: content.map((layer) => descriptor("application/octet-stream", layer)),
    annotations: { number: String(published), padding },
  });
  return { ...textContent(text), mediaType: manifestType, blobs: [config, ...content], members: [] };
}

/** Publishes an image by OCI: under labels, as a version, or both in one request. */
export async function publishImage(client: Client, repository: RepositoryModel): Promise<void> {
  await putByNames(client, repository, await image(client, repository), "manifest");
}

/** Publishes an index of two images that are pushed by digest first. */
export async function publishIndex(client: Client, repository: RepositoryModel): Promise<void> {
  const members = [await image(client, repository), await image(client, repository)];
  for (const member of members) {
    const path = `/v2/${repository.name}/manifests/${member.digest}`;
    await put(client, repository, { manifest: member, tags: [], version: undefined }, "manifest by digest", path);
  }
  published += 1;
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: members.map((member) => descriptor(manifestType, member)),
    annotations: { number: String(published) },
  });
  const digests = members.map((member) => member.digest);
  await putByNames(
    client,
    repository,
    { ...textContent(text), mediaType: indexType, blobs: [], members: digests },
    "index",
  );
}

/** Publishes a version of a Gati module through the REST API. */
export async function publishModule(client: Client, repository: RepositoryModel): Promise<void> {
  const version = freshVersion();
  const name = repository.name.split("/").at(-1);
  const gati = { schemaVersion: 1, name, version, type: "module-node", dependencies: {} };
  const config = await pushConfig(client, repository, JSON.stringify(gati));
  const content = await layers(client, repository);
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: "application/vnd.gati.module-node.v1",
    config: descriptor(gatiManifestType, config),
    layers: content.map((layer) => descriptor(contentType, layer)),
  });
  const manifest = { ...textContent(text), mediaType: manifestType, blobs: [config, ...content], members: [] };
  const path = `/api/v1/artifacts/${repository.name}/versions/${version}`;
  await put(client, repository, { manifest, tags: [], version }, "version", path);
}

async function putByNames(
  client: Client,
  repository: RepositoryModel,
  manifest: Manifest,
  step: string,
): Promise<void> {
  const { random } = client;
  const tags = labels.filter(() => random.chance(0.3));
  const version = random.chance(0.5) || tags.length === 0 ? freshVersion() : undefined;
  const [first, ...more] = [...tags, ...(version ? [version] : [])];
  const query = more.map((tag) => `tag=${tag}`).join("&");
  const path = `/v2/${repository.name}/manifests/${first}?${query}`;
  await put(client, repository, { manifest, tags, version }, step, path);
}

async function put(
  client: Client,
  repository: RepositoryModel,
  publication: Publication,
  step: string,
  path: string,
): Promise<void> {
  const { manifest } = publication;
  const options: Options = () => ({ body: manifest.bytes, headers: { "Content-Type": manifest.mediaType } });
  try {
    const answer = await client.step(step, "PUT", path, options);
    if (isRefusedForBlob(answer.text) && mayLack(repository, manifest)) return;
    client.expect(`${step} ${manifest.digest} to ${path}`, answer, [200, 201]);
    repository.published(publication, true);
  } catch (error) {
    if (error instanceof GaveUp) repository.published(publication, false);
    throw error;
  }
}

const isRefusedForBlob = (text: string): boolean => text.includes("manifest_blob_unknown");

/** True when something that the manifest names is not promised to be here. */
function mayLack(repository: RepositoryModel, manifest: Manifest): boolean {
  return (
    manifest.blobs.some(({ digest }) => !repository.blobs.get(digest)?.there.isCertainly(true)) ||
    manifest.members.some((digest) => !repository.manifests.get(digest)?.there.isCertainly(true))
  );
}
