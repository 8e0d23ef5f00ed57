import { CliError } from "../failure.ts";
import { integrityOf, type LockedBlob, type LockedModule } from "../project/lock-file.ts";
import {
  ApiError,
  artifactTypeFromMediaType,
  decodeGatiManifest,
  type Descriptor,
  type Digest,
  type GatiManifest,
  mediaTypes,
  parseDigest,
  parseImageManifest,
  parseRepository,
  qualifyDependencies,
  type RegistryClient,
  type Repository,
  titleAnnotation,
} from "../sdk.ts";
import { findRepository } from "./find-repository.ts";
import { lockMismatch } from "./lock-mismatch.ts";
import { noSuchVersion } from "./no-such-version.ts";
import type { Candidate, Described, ModuleCatalogue } from "./solve.ts";
import type { ContentStore } from "./store.ts";

/** A module whose OCI manifest and config were read and verified. */
export interface ResolvedModule extends LockedModule, Described {
  readonly digest: Digest;
  /** Absent for images without a Gati manifest. */
  readonly manifest?: GatiManifest;
}

const installable: ReadonlySet<string> = new Set(["published", "deprecated"]);

function lockedBlob({ digest, size, mediaType, annotations }: Descriptor): LockedBlob {
  const title = annotations?.[titleAnnotation];
  return { digest, size, mediaType, ...(title === undefined ? {} : { title }) };
}

/** Reads modules from the registry, and from the store what is there: what a lock pins needs no network then. */
export class RegistryCatalogue implements ModuleCatalogue<ResolvedModule> {
  readonly #client: RegistryClient;
  readonly #store: ContentStore;
  readonly #repositories = new Map<string, Repository>();
  readonly #known: Readonly<Record<string, LockedModule>>;
  /** Warnings of publishers about the versions that were looked at, by `name@version`. */
  readonly deprecations = new Map<string, string>();

  /** @param known what the lock says, which saves asking and which the registry must not contradict */
  constructor(client: RegistryClient, store: ContentStore, known: Readonly<Record<string, LockedModule>> = {}) {
    this.#client = client;
    this.#store = store;
    this.#known = known;
    for (const [name, { repository }] of Object.entries(known)) this.#repositories.set(name, repository);
  }

  async #repository(name: string): Promise<Repository> {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const found = await findRepository(this.#client, name);
    this.#repositories.set(name, found);
    return found;
  }

  async versions(name: string): Promise<readonly (Candidate & { version: string })[]> {
    const versions = await this.#client.artifacts.versions(await this.#repository(name));
    for (const { version, deprecation } of versions)
      if (deprecation) this.deprecations.set(`${name}@${version}`, deprecation);
    const locked = this.#known[name];
    const changed =
      locked && versions.find(({ version, digest }) => version === locked.version && digest !== locked.digest);
    if (changed) {
      throw new ApiError(
        "digest_invalid",
        `The registry has other content for ${name}@${changed.version} than gati.lock: published versions never change.`,
        {
          details: { expected: locked.digest, actual: changed.digest },
          suggestions: [
            "Do not install it. Check that you talk to the registry that the lock was made with, and tell its operator.",
          ],
        },
      );
    }
    return versions.filter(({ state }) => installable.has(state)).map(({ version, digest }) => ({ version, digest }));
  }

  async resolve(name: string, selector: string): Promise<Candidate> {
    try {
      const { version, digest } = await this.#client.resolve(`${name}@${selector}`);
      return { version, digest };
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "version_unknown")) throw error;
      throw noSuchVersion(name, selector, await this.versions(name), error);
    }
  }

  /** What a name without a selector stands for. Throws `version_unknown` when nothing is published. */
  async newest(name: string): Promise<Candidate> {
    try {
      const { version, digest } = await this.#client.resolve(name);
      return { version, digest };
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "version_unknown")) throw error;
      throw noSuchVersion(name, undefined, await this.versions(name), error);
    }
  }

  async describe(name: string, { version, digest: text }: Candidate): Promise<ResolvedModule> {
    const digest = parseDigest(text);
    const repository = await this.#repository(name);
    const { bytes, mediaType } = await this.#manifest(repository, digest);
    const base = { version, repository, digest, integrity: integrityOf(digest) };
    if (mediaType !== mediaTypes.ociManifest && mediaType !== mediaTypes.dockerManifest)
      return { ...base, type: "module-oci", layers: [], dependencies: {} };
    const image = parseImageManifest(bytes);
    const blobs = { config: lockedBlob(image.config), layers: image.layers.map(lockedBlob) };
    if (image.config.mediaType !== mediaTypes.gatiManifest) {
      return {
        ...base,
        ...blobs,
        type: artifactTypeFromMediaType(image.artifactType) ?? "module-oci",
        dependencies: {},
      };
    }
    const manifest = decodeGatiManifest(await this.#config(repository, image.config));
    const { dependencies } = qualifyDependencies(manifest, parseRepository(repository).handle);
    return { ...base, ...blobs, type: manifest.type, dependencies, manifest };
  }

  /**
   * Reads what a lock pins and checks that the lock says the same. The version of an image without a Gati manifest is
   * compared with what the registry has, as far as one answers. Throws `lock_outdated` when the lock was edited.
   */
  async describeLocked(name: string, locked: LockedModule): Promise<ResolvedModule> {
    const module = await this.describe(name, locked);
    const renamed = await this.#isRenamed(module);
    const mismatch = lockMismatch(name, locked, module, renamed) ?? (await this.#versionMismatch(name, module));
    if (mismatch === undefined) return module;
    throw new CliError("lock_outdated", `gati.lock contradicts itself: ${mismatch}.`, [
      "Take gati.lock from version control again, or delete it and run `gati module install`.",
    ]);
  }

  /** Whether the repository and the name in the Gati manifest are one artifact that was renamed, as the registry says. */
  async #isRenamed({ repository, manifest }: ResolvedModule): Promise<boolean> {
    const { kind, handle, name } = parseRepository(repository);
    if (manifest === undefined || manifest.name === name) return false;
    const stated = parseRepository(`${kind}/${handle}/${manifest.name}`);
    try {
      const [one, other] = await Promise.all(
        [repository, stated.repository].map((which) => this.#client.artifacts.get(which)),
      );
      return one !== undefined && one.repository === other?.repository;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  async #versionMismatch(
    name: string,
    { version, repository, digest, manifest }: ResolvedModule,
  ): Promise<string | undefined> {
    if (manifest !== undefined || version === null) return undefined;
    try {
      const versions = await this.#client.artifacts.versions(repository);
      const stated = versions.find((item) => item.version === version);
      const others = versions.filter((item) => item.digest === digest).map((item) => item.version);
      if (stated?.digest === digest || (stated === undefined && others.length === 0)) return undefined;
      return `it says that ${name} is ${version}, and its digest is that of ${others.join(", ") || "something else"}`;
    } catch (error) {
      // Away from the network the digest still holds the content; only its number goes unchecked.
      if (error instanceof ApiError && error.code === "unavailable") return undefined;
      throw error;
    }
  }

  async #manifest(repository: Repository, digest: Digest): Promise<{ bytes: Uint8Array; mediaType: string }> {
    const stored = await this.#store.read(digest);
    if (stored) {
      const { mediaType } = JSON.parse(new TextDecoder().decode(stored)) as { mediaType?: string };
      return { bytes: stored, mediaType: mediaType ?? mediaTypes.ociManifest };
    }
    const fetched = await this.#client.oci.getManifest(repository, digest);
    await this.#store.put(digest, fetched.bytes);
    return fetched;
  }

  async #config(repository: Repository, { digest }: Descriptor): Promise<Uint8Array> {
    const stored = await this.#store.read(digest);
    if (stored) return stored;
    const bytes = await this.#client.oci.readBlob(repository, digest);
    await this.#store.put(digest, bytes);
    return bytes;
  }
}
