import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

export interface LayoutDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface LayoutManifest {
  readonly config: LayoutDescriptor;
  readonly layers: readonly LayoutDescriptor[];
}

function blobPath(layout: string, digest: string): string {
  return join(layout, "blobs", ...digest.split(":"));
}

/** Descriptor of the only image of an OCI layout. */
export async function onlyDescriptor(layout: string): Promise<LayoutDescriptor> {
  const index: { manifests: LayoutDescriptor[] } = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
  const [descriptor, ...others] = index.manifests;
  if (!descriptor || others.length > 0) throw new Error(`${layout} holds ${index.manifests.length} images`);
  return descriptor;
}

export async function readManifest(layout: string): Promise<LayoutManifest> {
  const { digest } = await onlyDescriptor(layout);
  return JSON.parse(await readFile(blobPath(layout, digest), "utf8"));
}

/** Names of all blobs of a layout, each checked against its content. Two layouts with the same list are the same. */
export async function verifiedBlobs(layout: string): Promise<string[]> {
  const names = await readdir(join(layout, "blobs", "sha256"));
  for (const name of names) {
    const content = await readFile(blobPath(layout, `sha256:${name}`));
    const actual = createHash("sha256").update(content).digest("hex");
    if (actual !== name) throw new Error(`blob ${name} of ${layout} has the digest ${actual}`);
  }
  return names.toSorted();
}
