import {
  ApiError,
  type Descriptor,
  type RegistryClient,
  buildImageManifest,
  bytesSource,
  digestBytes,
  encodeGatiManifest,
  mediaTypes,
  namespacePath,
  parseArtifactName,
  parseGatiManifest,
  parseHandle,
  parseVersion,
  repositoryParts,
  titleAnnotation,
} from "../packages/sdk/src/index.ts";
import { type Sample, sampleOrganization } from "./samples.ts";

const organization = parseHandle(sampleOrganization);
export const sampleNamespace = namespacePath("orgs", organization);

/** Publishes a sample the ordinary way: blobs, then the version's manifest. A repetition changes nothing. */
export async function publishSample(client: RegistryClient, sample: Sample): Promise<void> {
  const { repository } = repositoryParts("orgs", organization, parseArtifactName(sample.name));
  const upload = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const digest = await digestBytes("sha256", bytes);
    await client.oci.uploadBlob(repository, bytesSource(bytes), { digest });
    return { mediaType, digest, size: bytes.length };
  };
  const config = parseGatiManifest({ ...sample.manifest, name: `@${sampleOrganization}/${sample.name}` });
  const layer = await upload(sample.content.mediaType, sample.content.bytes);
  const manifest = buildImageManifest({
    type: sample.type,
    config: await upload(mediaTypes.gatiManifest, encodeGatiManifest(config)),
    layers: [{ ...layer, annotations: { [titleAnnotation]: sample.content.title } }],
  });
  try {
    await client.artifacts.publish(repository, parseVersion(sample.version), manifest);
  } catch (error) {
    // Published by an older server whose first start was cut short before an update changed the sample.
    if (!(error instanceof ApiError && error.code === "version_exists")) throw error;
  }
}
