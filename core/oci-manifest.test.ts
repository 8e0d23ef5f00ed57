import { describe, expect, it } from "vitest";
import { mediaTypes } from "./media-types.ts";
import { contentSize, parseOciManifest, references, requiredBlobs } from "./oci-manifest.ts";

const digest = (fill: string) => `sha256:${fill.repeat(64)}`;
const descriptor = (fill: string, size = 10, mediaType = "application/octet-stream") => ({
  mediaType,
  digest: digest(fill),
  size,
});
const bytes = (json: unknown) => new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));
const image = { schemaVersion: 2, config: descriptor("c"), layers: [descriptor("1"), descriptor("2", 20)] };
const index = { schemaVersion: 2, manifests: [descriptor("a", 5, mediaTypes.ociManifest)] };

describe("the parts of a manifest", () => {
  it("of an image are config and layers; of an index its manifests", () => {
    const parsed = parseOciManifest(bytes(image), mediaTypes.ociManifest);
    expect(parsed).toMatchObject({
      kind: "image",
      mediaType: mediaTypes.ociManifest,
      artifactType: "application/octet-stream",
    });
    expect([requiredBlobs(parsed), references(parsed), contentSize(parsed)]).toEqual([
      [digest("c"), digest("1"), digest("2")],
      [digest("c"), digest("1"), digest("2")],
      40,
    ]);
    const set = parseOciManifest(bytes(index), mediaTypes.ociIndex);
    expect(set).toMatchObject({ kind: "index", artifactType: undefined });
    expect([requiredBlobs(set), references(set), contentSize(set)]).toEqual([[], [digest("a")], 5]);
  });

  it("that are named twice count once", () => {
    const parsed = parseOciManifest(
      bytes({ ...image, layers: [descriptor("c"), descriptor("1"), descriptor("1")] }),
      mediaTypes.ociManifest,
    );
    expect([references(parsed).length, contentSize(parsed)]).toEqual([2, 20]);
  });

  it("that may not be distributed need not be here", () => {
    const foreign = descriptor("f", 1, "application/vnd.oci.image.layer.nondistributable.v1.tar");
    const parsed = parseOciManifest(bytes({ ...image, layers: [foreign] }), mediaTypes.ociManifest);
    expect([requiredBlobs(parsed), references(parsed)]).toEqual([[digest("c")], [digest("c"), digest("f")]]);
  });

  it("artifactType wins over the config's media type; an empty one does not", () => {
    expect(parseOciManifest(bytes({ ...image, artifactType: "a/b" }), mediaTypes.ociManifest).artifactType).toBe("a/b");
    expect(parseOciManifest(bytes({ ...image, artifactType: "" }), mediaTypes.ociManifest).artifactType).toBe(
      "application/octet-stream",
    );
  });

  it("a byte order mark in front does not hurt", () => {
    expect(parseOciManifest(bytes(`\uFEFF${JSON.stringify(image)}`), mediaTypes.ociManifest).kind).toBe("image");
  });
});

describe("the media type", () => {
  it("comes from the request, or else from the manifest", () => {
    expect(parseOciManifest(bytes({ ...index, mediaType: mediaTypes.ociIndex }), undefined).kind).toBe("index");
    expect(parseOciManifest(bytes(index), mediaTypes.dockerManifestList).kind).toBe("index");
  });

  it.each([
    ["neither states one", image, undefined],
    ["the two disagree", { ...image, mediaType: mediaTypes.ociIndex }, mediaTypes.ociManifest],
    ["it is none of a manifest", image, "application/json"],
    ["it is Docker's schema 1", image, "application/vnd.docker.distribution.manifest.v1+json"],
  ])("is refused when %s", (_, manifest, contentType) => {
    expect(() => parseOciManifest(bytes(manifest), contentType)).toThrow(
      expect.objectContaining({ code: "manifest_invalid" }),
    );
  });
});
