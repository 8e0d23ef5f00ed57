import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CliError } from "../failure.ts";
import {
  type Descriptor,
  type Digest,
  digestAlgorithm,
  digestBytes,
  digestHex,
  fileSource,
  isDigest,
  type JsonObject,
  mediaTypes,
} from "../sdk.ts";
import type { PlannedBlob, PublishPlan } from "./plan.ts";
import type { ModuleSource } from "./read-module.ts";

interface RawDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
}

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);

const howTo = [
  'Build the image as an OCI layout, for example `docker buildx build --output type=oci,tar=false,dest=image .`, and set "config": { "layout": "image" }.',
  "Or push it with any OCI client: docker push <registry>/users/<handle>/<name>:<version>",
];

function descriptor(value: unknown): RawDescriptor {
  const { mediaType, digest } = (value ?? {}) as { mediaType?: unknown; digest?: unknown };
  if (typeof mediaType === "string" && typeof digest === "string" && isDigest(digest)) return { mediaType, digest };
  throw new CliError("content_invalid", "The OCI layout has a descriptor without media type or digest.", howTo);
}

/** Reads an OCI image layout (OCI image-spec, image-layout.md) from disk. */
class Layout {
  readonly #directory: string;
  readonly blobs = new Map<Digest, PlannedBlob>();
  readonly layers: Descriptor[] = [];
  readonly children: { digest: Digest; mediaType: string; bytes: Uint8Array }[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  #path(digest: Digest): string {
    return join(this.#directory, "blobs", digestAlgorithm(digest), digestHex(digest));
  }

  async read(digest: Digest): Promise<{ bytes: Uint8Array; json: JsonObject }> {
    const bytes = await readFile(this.#path(digest));
    if ((await digestBytes(digestAlgorithm(digest), bytes)) !== digest)
      throw new CliError("content_invalid", `${digest} in the OCI layout does not have that digest.`, howTo);
    return { bytes, json: JSON.parse(bytes.toString("utf8")) as JsonObject };
  }

  async #addBlob(value: unknown): Promise<Descriptor> {
    const { mediaType, digest } = descriptor(value);
    const path = this.#path(digest);
    const { size } = await stat(path);
    this.blobs.set(digest, { digest, size, open: () => fileSource(path) });
    return { mediaType, digest, size };
  }

  /** Collects what a manifest or index needs, depth first, so that children are pushed before their parent. */
  async visit({ mediaType, digest }: RawDescriptor, isRoot: boolean): Promise<Uint8Array> {
    const { bytes, json } = await this.read(digest);
    if (indexTypes.has(mediaType)) {
      for (const child of (json["manifests"] ?? []) as unknown[]) await this.visit(descriptor(child), false);
    } else {
      for (const layer of (json["layers"] ?? []) as unknown[]) this.layers.push(await this.#addBlob(layer));
      await this.#addBlob(json["config"]);
    }
    if (!isRoot) this.children.push({ digest, mediaType, bytes });
    return bytes;
  }
}

/** The plan for a module-oci: the image is published as it was built, so its digest is the one that the builder printed. */
export async function planImage({ directory, manifest }: ModuleSource): Promise<PublishPlan> {
  const layoutPath = manifest.config?.["layout"];
  if (typeof layoutPath !== "string")
    throw new CliError("content_invalid", "The manifest of a module-oci does not say where its image is.", howTo);
  const root = join(directory, layoutPath);
  const index = await readFile(join(root, "index.json"), "utf8").catch((cause: unknown) => {
    throw new CliError("file_missing", `${root} is not an OCI layout: it has no index.json.`, howTo, { cause });
  });
  const { manifests } = JSON.parse(index) as { manifests?: unknown[] };
  if (manifests?.length !== 1)
    throw new CliError(
      "content_invalid",
      `The OCI layout has ${manifests?.length ?? 0} images, and a version is one.`,
      howTo,
    );
  const layout = new Layout(root);
  const top = descriptor(manifests[0]);
  const image = await layout.visit(top, true);
  return {
    manifest,
    blobs: [...layout.blobs.values()],
    image,
    imageMediaType: top.mediaType,
    digest: top.digest,
    layers: layout.layers,
    children: layout.children,
  };
}
