import { expect } from "vitest";
import {
  emptyType,
  indexType,
  type Json,
  manifestType,
  type Repository,
  digestOf,
  utf8,
} from "../../http/support/repository.ts";

/** What must be true of one repository, kept beside the real one. */
export interface ArtifactModel {
  /** Every version that was ever published. Its digest never changes; `gone` means unpublished, for ever. */
  readonly versions: Map<string, { digest: string; gone: boolean }>;
  /** Labels that somebody set. */
  readonly labels: Map<string, string>;
}

export interface Content {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly mediaType: string;
  /** The layer of an image. */
  readonly layer: Uint8Array | undefined;
  /** The members of an index, by number. */
  readonly members: readonly number[];
}

export interface Real {
  readonly repository: Repository;
  readonly contents: readonly Content[];
}

/** Three images, an index of two of them, and an index of that index. */
export async function makeContents(repository: Repository): Promise<Content[]> {
  const contents: Content[] = [];
  const add = (json: Json, mediaType: string, more: Pick<Content, "layer" | "members">) => {
    const bytes = utf8(JSON.stringify(json));
    contents.push({ bytes, digest: digestOf(bytes), mediaType, ...more });
  };
  const config = await repository.pushBlob(utf8("{}"), emptyType);
  for (const text of ["one", "two", "three"]) {
    const layer = utf8(`layer ${text}`);
    const json = { schemaVersion: 2, mediaType: manifestType, config, layers: [await repository.pushBlob(layer)] };
    add(json, manifestType, { layer, members: [] });
  }
  for (const members of [[0, 1], [3]]) {
    const manifests = members.map((number) => {
      const { bytes, digest, mediaType } = contents[number]!;
      return { mediaType, digest, size: bytes.length };
    });
    add({ schemaVersion: 2, mediaType: indexType, manifests }, indexType, { layer: undefined, members });
  }
  return contents;
}

/** All digests that a manifest leads to, itself included. */
export function reached({ contents }: Real, digest: string): string[] {
  const { members = [] } = contents.find((content) => content.digest === digest) ?? {};
  return [digest, ...members.flatMap((number) => reached({ contents } as Real, contents[number]?.digest ?? ""))];
}

/** Live versions that contain a manifest below their own. */
export function versionsAbove(model: ArtifactModel, real: Real, digest: string): string[] {
  const above = [...model.versions].filter(
    ([, version]) => !version.gone && reached(real, version.digest).slice(1).includes(digest),
  );
  return above.map(([name]) => name);
}

/** Each name leads where the model says. */
export async function expectNames({ versions, labels }: ArtifactModel, { repository }: Real): Promise<void> {
  const wanted = [
    ...[...versions].map(([name, version]) => [name, version.gone ? null : version.digest] as const),
    ...labels,
  ];
  for (const [name, digest] of wanted) {
    const response = await repository.send("HEAD", `manifests/${name}`);
    expect([name, response.headers.get("docker-content-digest")]).toEqual([name, digest]);
  }
}

/** Each live version can be pulled in full: its exact bytes, every manifest below it, every layer. */
export async function expectContent(model: ArtifactModel, real: Real): Promise<void> {
  for (const [name, version] of model.versions) {
    if (version.gone) continue;
    const pulled = await real.repository.send("GET", `manifests/${name}`);
    expect(digestOf(new Uint8Array(await pulled.arrayBuffer()))).toBe(version.digest);
    for (const digest of reached(real, version.digest)) {
      expect([digest, await real.repository.head(`manifests/${digest}`)]).toEqual([digest, 200]);
      const layer = real.contents.find((content) => content.digest === digest)?.layer;
      if (layer) expect(await real.repository.head(`blobs/${digestOf(layer)}`)).toBe(200);
    }
  }
}
