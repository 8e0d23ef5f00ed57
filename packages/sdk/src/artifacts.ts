import type { Digest } from "../../../core/digests.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { mediaTypes } from "../../../core/media-types.ts";
import type { Version } from "../../../core/versions.ts";
import type { Transport } from "./transport.ts";
import type {
  Artifact,
  ArtifactPage,
  Downloads,
  Resolution,
  VersionDetail,
  VersionSummary,
  Visibility,
} from "./types.ts";

/** Artifacts and their versions, by repository (`users/krishna/user-auth`). Every call may throw `ApiError`. */
export class Artifacts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The newest public artifacts, a page at a time. */
  list(page: { limit?: number; cursor?: string } = {}): Promise<ArtifactPage> {
    const query = new URLSearchParams();
    if (page.limit !== undefined) query.set("limit", String(page.limit));
    if (page.cursor !== undefined) query.set("cursor", page.cursor);
    return this.#transport.json({ method: "GET", target: `/api/v1/artifacts?${query.toString()}` });
  }

  get(repository: Repository): Promise<Artifact> {
    return this.#transport.json({ method: "GET", target: `/api/v1/artifacts/${repository}` });
  }

  update(repository: Repository, change: { visibility: Visibility }): Promise<Artifact> {
    return this.#transport.json({ method: "PATCH", target: `/api/v1/artifacts/${repository}`, json: change });
  }

  /** Gives an artifact another name in its namespace; the old one leads to it for ever. Needs the role and the scope admin. */
  rename(repository: Repository, name: string): Promise<Artifact> {
    return this.#transport.json({ method: "POST", target: `/api/v1/artifacts/${repository}/rename`, json: { name } });
  }

  /** Highest version first; unpublished ones are left out. */
  async versions(repository: Repository): Promise<readonly VersionSummary[]> {
    const target = `/api/v1/artifacts/${repository}/versions`;
    return (await this.#transport.json<{ versions: VersionSummary[] }>({ method: "GET", target })).versions;
  }

  version(repository: Repository, version: Version): Promise<VersionDetail> {
    return this.#transport.json({ method: "GET", target: this.#version(repository, version) });
  }

  /**
   * Makes a version out of blobs that are in the repository: the last step of publishing. `created` is false when
   * the same content was published before. Throws `version_exists` when the version has other content,
   * `version_gone` when it was unpublished, `type_mismatch` when the artifact has another type.
   *
   * @param manifest the exact bytes of the OCI image manifest
   */
  async publish(
    repository: Repository,
    version: Version,
    manifest: Uint8Array,
  ): Promise<VersionDetail & { created: boolean }> {
    const response = await this.#transport.send({
      method: "PUT",
      target: this.#version(repository, version),
      headers: { "content-type": mediaTypes.ociManifest, accept: "application/json" },
      body: manifest,
    });
    return { ...((await response.json()) as VersionDetail), created: response.status === 201 };
  }

  /** Takes the version out of every listing and download. Its number is never used again. */
  async unpublish(repository: Repository, version: Version): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: this.#version(repository, version) });
  }

  deprecate(repository: Repository, version: Version, message: string): Promise<VersionDetail> {
    const target = `${this.#version(repository, version)}/deprecation`;
    return this.#transport.json({ method: "PUT", target, json: { message } });
  }

  undeprecate(repository: Repository, version: Version): Promise<VersionDetail> {
    return this.#transport.json({ method: "DELETE", target: `${this.#version(repository, version)}/deprecation` });
  }

  /**
   * How often it was downloaded on each of the last `days` days (30 unless said otherwise, at most 365), today included;
   * of one version when it is named. What was downloaded a few seconds ago may be missing.
   */
  downloads(repository: Repository, of: { days?: number; version?: Version } = {}): Promise<Downloads> {
    const query = new URLSearchParams();
    if (of.days !== undefined) query.set("days", String(of.days));
    if (of.version !== undefined) query.set("version", of.version);
    const target = `/api/v1/artifacts/${repository}/downloads?${query.toString()}`;
    return this.#transport.json({ method: "GET", target });
  }

  /** Where a browser downloads the content layer. */
  downloadUrl(repository: Repository, version: Version, layer?: Digest): URL {
    const query = layer === undefined ? "" : `?layer=${encodeURIComponent(layer)}`;
    return this.#transport.url(`${this.#version(repository, version)}/download${query}`);
  }

  /** Finds what a reference means now; takes every form of writing one (`@krishna/user-auth@^2`). */
  resolve(reference: string): Promise<Resolution> {
    return this.#transport.json({ method: "GET", target: `/api/v1/resolve?ref=${encodeURIComponent(reference)}` });
  }

  #version(repository: Repository, version: Version): string {
    return `/api/v1/artifacts/${repository}/versions/${encodeURIComponent(version)}`;
  }
}
