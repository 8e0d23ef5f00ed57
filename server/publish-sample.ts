import { artifactTypeMediaType } from "../core/artifact-types.ts";
import { digestBytes } from "../core/digests.ts";
import { encodeGatiManifest, parseGatiManifest } from "../core/manifests/gati.ts";
import { mediaTypes } from "../core/media-types.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Sample, sampleOrganization } from "./samples.ts";

async function pushBlob(client: RegistryClient, repository: string, bytes: Uint8Array): Promise<string> {
  const digest = await digestBytes("sha256", bytes);
  const started = await client.send("POST", `/v2/${repository}/blobs/uploads/`, {}, [202]);
  const location = new URL(started.headers.get("location") ?? "", client.url);
  location.searchParams.set("digest", digest);
  const headers = { "content-type": mediaTypes.octetStream };
  await client.send("PUT", `${location.pathname}${location.search}`, { body: bytes, headers }, [201]);
  return digest;
}

/** Publishes a sample as any client would: blobs, then the version's manifest. Doing it again changes nothing. */
export async function publishSample(client: RegistryClient, sample: Sample): Promise<void> {
  const repository = `orgs/${sampleOrganization}/${sample.name}`;
  const config = encodeGatiManifest(parseGatiManifest({ ...sample.manifest, name: `@${sampleOrganization}/${sample.name}` }));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: artifactTypeMediaType(sample.type),
    config: {
      mediaType: mediaTypes.gatiManifest,
      digest: await pushBlob(client, repository, config),
      size: config.length,
    },
    layers: [
      {
        mediaType: sample.content.mediaType,
        digest: await pushBlob(client, repository, sample.content.bytes),
        size: sample.content.bytes.length,
        annotations: { "org.opencontainers.image.title": sample.content.title },
      },
    ],
  };
  const path = `/api/v1/artifacts/${repository}/versions/${sample.version}`;
  const headers = { "content-type": mediaTypes.ociManifest };
  await client.send("PUT", path, { body: JSON.stringify(manifest), headers }, [200, 201]);
}
