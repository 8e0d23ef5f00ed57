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

/** Somebody who pushes to one repository. */
export interface Session {
  readonly target: Target;
  readonly repository: string;
  readonly authorization: string | undefined;
}

export async function openSession(target: Target, repository: string): Promise<Session> {
  return { target, repository, authorization: await target.authorize(repository) };
}

type Push = (session: Session, blob: Blob) => Promise<void>;

async function begin({ target, repository, authorization }: Session): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/`;
  return (await send(target, { method: "POST", path, status: 202, authorization })).location;
}

/** POST, then PUT with everything, as oras, helm and zb push. */
export const pushByPut: Push = async (session, { digest, bytes }) => {
  const { target, authorization } = session;
  const path = withDigest(await begin(session), digest);
  await send(target, { method: "PUT", path, status: 201, type: octets, body: bytes, authorization });
};

/** POST, PATCH with everything, empty PUT, as docker, podman and skopeo push. */
export const pushByPatch: Push = async (session, { digest, bytes }) => {
  const { target, authorization } = session;
  const path = await begin(session);
  const patched = await send(target, { method: "PATCH", path, status: 202, type: octets, body: bytes, authorization });
  await send(target, { method: "PUT", path: withDigest(patched.location, digest), status: 201, authorization });
};

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

/** Pushes an image of one layer whole: token, layer, config, manifest. */
export async function pushImage(
  target: Target,
  repository: string,
  tag: string,
  layer: Blob,
  push: Push = pushByPut,
): Promise<Image> {
  const session = await openSession(target, repository);
  const config = imageConfig();
  await push(session, layer);
  await push(session, config);
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
  const { authorization } = session;
  await send(target, { method: "PUT", path, status: 201, type: manifestType, body: manifest, authorization });
  return { repository, tag, digest: digestOf(manifest), config, layer };
}

/** Pulls an image whole, as zb does: HEAD and GET of the manifest, of the config and of the layer. */
export async function pullImage(target: Target, image: Image): Promise<void> {
  const base = `/v2/${image.repository}`;
  const paths = [`manifests/${image.tag}`, `blobs/${image.config.digest}`, `blobs/${image.layer.digest}`];
  for (const path of paths) {
    for (const method of ["HEAD", "GET"]) {
      await send(target, { method, path: `${base}/${path}`, status: 200 });
    }
  }
}
