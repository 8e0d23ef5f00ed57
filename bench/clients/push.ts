import { createHash, randomBytes } from "node:crypto";
import type { Target } from "../targets/target.ts";
import { send } from "./http.ts";

export interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export function randomBlob(size: number): Blob {
  const bytes = randomBytes(size);
  return { digest: digestOf(bytes), bytes };
}

const octets = "application/octet-stream";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}

async function begin(target: Target, repository: string): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  return (await send(target, { method: "POST", path, status: 202 })).location;
}

/** POST, then PUT with everything, as oras, helm and zb push. */
export async function pushByPut(target: Target, repository: string, { digest, bytes }: Blob): Promise<void> {
  const location = await begin(target, repository);
  await send(target, { method: "PUT", path: withDigest(location, digest), status: 201, type: octets, body: bytes });
}

/** POST, PATCH with everything, empty PUT, as docker, podman and skopeo push. */
export async function pushByPatch(target: Target, repository: string, { digest, bytes }: Blob): Promise<void> {
  const location = await begin(target, repository);
  const patched = await send(target, { method: "PATCH", path: location, status: 202, type: octets, body: bytes });
  await send(target, { method: "PUT", path: withDigest(patched.location, digest), status: 201 });
}

export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly config: Blob;
  readonly layer: Blob;
}

/** A fresh config blob: two images never share it. */
export function imageConfig(): Blob {
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] }, author: randomName() };
  const bytes = Buffer.from(JSON.stringify(config));
  return { digest: digestOf(bytes), bytes };
}

export const randomName = (): string => randomBytes(8).toString("hex");

/** Pushes an image of one layer whole: layer, config, manifest. */
export async function pushImage(
  target: Target,
  repository: string,
  tag: string,
  layer: Blob,
  push: typeof pushByPut = pushByPut,
): Promise<Image> {
  const config = imageConfig();
  await push(target, repository, layer);
  await push(target, repository, config);
  const descriptor = (blob: Blob, mediaType: string) => ({
    mediaType,
    digest: blob.digest,
    size: blob.bytes.byteLength,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor(config, "application/vnd.oci.image.config.v1+json"),
      layers: [descriptor(layer, "application/vnd.oci.image.layer.v1.tar")],
    }),
  );
  const path = `/v2/${repository}/manifests/${tag}`;
  await send(target, { method: "PUT", path, status: 201, type: manifestType, body: manifest });
  return { repository, tag, digest: digestOf(manifest), config, layer };
}

/** Pulls an image whole, as zb does: HEAD and GET of the manifest, of the config and of the layer. */
export async function pullImage(target: Target, image: Image): Promise<void> {
  const base = `/v2/${image.repository}`;
  const paths = [`manifests/${image.tag}`, `blobs/${image.config.digest}`, `blobs/${image.layer.digest}`];
  for (const path of paths) {
    for (const method of ["HEAD", "GET"]) {
      await send(target, { method, path: `${base}/${path}`, status: 200, stranger: true });
    }
  }
}
