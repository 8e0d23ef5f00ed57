/** Media types that the registry understands. Everything else is stored and served unchanged. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  ociImageConfig: "application/vnd.oci.image.config.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  /** Config blob of every Gati version: the normalised Gati manifest. */
  gatiManifest: "application/vnd.gati.manifest.v1+json",
  /** Content layer packed by the CLI: a reproducible gzip-compressed tar, rooted at `package/`. */
  gatiContent: "application/vnd.gati.content.v1.tar+gzip",
  wasm: "application/wasm",
  octetStream: "application/octet-stream",
  problem: "application/problem+json",
} as const;

export const indexMediaTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerManifestList]);
export const imageMediaTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);
