import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyDescriptor } from "./layout.ts";

/**
 * Makes an OCI layout at `target` with one image index, tagged `multi`, that names the image of `source` for two
 * platforms, as multi-platform builds do. Returns the index's digest.
 */
export async function writeIndexLayout(source: string, target: string): Promise<string> {
  await cp(source, target, { recursive: true });
  const { mediaType, digest, size } = await onlyDescriptor(source);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: ["amd64", "arm64"].map((architecture) => ({
      mediaType,
      digest,
      size,
      platform: { architecture, os: "linux" },
    })),
  });
  const hash = createHash("sha256").update(index).digest("hex");
  await writeFile(join(target, "blobs", "sha256", hash), index);
  const layout: object = JSON.parse(await readFile(join(target, "index.json"), "utf8"));
  const descriptor = {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: `sha256:${hash}`,
    size: Buffer.byteLength(index),
    annotations: { "org.opencontainers.image.ref.name": "multi" },
  };
  await writeFile(join(target, "index.json"), JSON.stringify({ ...layout, manifests: [descriptor] }));
  return `sha256:${hash}`;
}
