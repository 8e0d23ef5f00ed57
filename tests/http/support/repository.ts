import { createHash, randomBytes } from "node:crypto";
import type { Api, Body, Credential } from "./api.ts";
import { type Person, unique } from "./people.ts";

export type Algorithm = "sha256" | "sha512";

export const manifestType = "application/vnd.oci.image.manifest.v1+json";
export const indexType = "application/vnd.oci.image.index.v1+json";
export const emptyType = "application/vnd.oci.empty.v1+json";
export const gatiManifestType = "application/vnd.gati.manifest.v1+json";

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

export const randomContent = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes as a body of unknown length, in pieces of `size`. */
export async function* streamed(bytes: Uint8Array, size = 64 * 1024): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export interface PushedManifest {
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

export type Json = Record<string, unknown>;

/** One OCI repository in the hands of one caller. */
export class Repository {
  readonly api: Api;
  readonly name: string;
  readonly as: Credential | undefined;

  constructor(api: Api, name: string, as: Credential | undefined) {
    this.api = api;
    this.name = name;
    this.as = as;
  }

  /** A repository that nobody has used, in the namespace of a person. */
  static fresh(api: Api, owner: Person): Repository {
    return new Repository(api, `users/${owner.handle}/${unique("repo")}`, owner.session);
  }

  /** The same repository for another caller. */
  seenBy(as: Credential | undefined): Repository {
    return new Repository(this.api, this.name, as);
  }

  /** `rest` is what follows the repository's name, or a Location. */
  send(
    method: string,
    rest: string,
    options: { headers?: Record<string, string>; body?: Body | undefined } = {},
  ): Promise<Response> {
    return this.api.send(method, rest.startsWith("/") ? rest : `/v2/${this.name}/${rest}`, { as: this.as, ...options });
  }

  /** Opens an upload and returns its Location. */
  async startUpload(query = ""): Promise<string> {
    const response = await this.send("POST", `blobs/uploads/${query}`);
    const location = response.headers.get("location");
    if (response.status !== 202 || !location) throw new Error(`no upload: ${response.status} ${await response.text()}`);
    return location;
  }

  /** Uploads a blob in one request and returns its descriptor. */
  async pushBlob(
    bytes: Uint8Array,
    mediaType = "application/octet-stream",
    algorithm: Algorithm = "sha256",
  ): Promise<Descriptor> {
    const digest = digestOf(bytes, algorithm);
    const response = await this.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes });
    if (response.status !== 201) throw new Error(`no blob: ${response.status} ${await response.text()}`);
    return { mediaType, digest, size: bytes.length };
  }

  putManifest(reference: string, manifest: Uint8Array | Json, mediaType = manifestType, query = ""): Promise<Response> {
    const body = manifest instanceof Uint8Array ? manifest : utf8(JSON.stringify(manifest));
    return this.send("PUT", `manifests/${reference}${query}`, { body, headers: { "Content-Type": mediaType } });
  }

  /** Pushes a manifest that must be taken; without a reference it goes to its digest. */
  async pushManifest(manifest: Json, reference?: string, mediaType = manifestType): Promise<PushedManifest> {
    const bytes = utf8(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    const response = await this.putManifest(reference ?? digest, bytes, mediaType);
    if (response.status !== 201) throw new Error(`no manifest: ${response.status} ${await response.text()}`);
    return { digest, bytes, descriptor: { mediaType, digest, size: bytes.length } };
  }

  /** An image manifest whose blobs are uploaded; `content` makes it different from every other. */
  async imageManifest(content: Uint8Array = randomContent(32), more: Json = {}): Promise<Json> {
    const config = await this.pushBlob(utf8("{}"), emptyType);
    const layer = await this.pushBlob(content);
    return {
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: "application/vnd.example.v1",
      config,
      layers: [layer],
      ...more,
    };
  }

  async pushImage(reference?: string, content?: Uint8Array): Promise<PushedManifest> {
    return this.pushManifest(await this.imageManifest(content), reference);
  }

  async head(rest: string): Promise<number> {
    return (await this.send("HEAD", rest)).status;
  }

  async tags(query = ""): Promise<string[]> {
    const response = await this.send("GET", `tags/list${query}`);
    return ((await response.json()) as { tags: string[] }).tags;
  }
}
