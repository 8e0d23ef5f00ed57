import { Register } from "./register.ts";

/**
 * What a client may assume of a repository that nobody else writes to. It is what the registry promises:
 *
 * - **Answered with success**: the write holds from then on, through any crash, until an answered write of the same
 *   client changes it.
 * - **Answered with a refusal**: nothing has changed.
 * - **Not answered**: it happened as a whole or not at all, and repeating it is safe and decides it. What ends an upload
 *   may even happen later, because the upload's alarm finishes what had begun.
 * - **Blobs** are promised while a manifest of the repository names them and for a day after they were pushed, mounted
 *   or lost their last manifest. After that the collector may have them, and a publish that names one is refused.
 */
export class RepositoryModel {
  readonly name: string;
  readonly blobs = new Map<string, BlobModel>();
  readonly manifests = new Map<string, ManifestModel>();
  /** What each tag leads to. `latest` is not here: the registry moves it. */
  readonly tags = new Map<string, Register<string | undefined>>();
  readonly versions = new Map<string, Register<string | undefined>>();
  /** Publishes without an answer since the last check: all of their names were set or none. */
  undecided: Publication[] = [];
  /** When the operation under way began: nothing that it does is promised from earlier on, nor surely from later on. */
  began = 0;

  constructor(name: string) {
    this.name = name;
  }

  tag(name: string): Register<string | undefined> {
    return entry(this.tags, name, () => new Register<string | undefined>(undefined));
  }

  version(name: string): Register<string | undefined> {
    return entry(this.versions, name, () => new Register<string | undefined>(undefined));
  }

  pushed(blob: Content, answered: boolean): void {
    const model = entry(this.blobs, blob.digest, () => new BlobModel(blob));
    if (!answered) model.mayCome = true;
    write(model.there, true, answered);
    if (answered) model.since = this.began;
  }

  unlinked(digest: string, answered: boolean): void {
    const model = this.blobs.get(digest);
    if (!model) return;
    write(model.there, false, answered);
    // An upload that was never answered may still end after this.
    if (model.mayCome) model.there.maySet(true);
  }

  published({ manifest, tags, version }: Publication, answered: boolean): void {
    const model = entry(this.manifests, manifest.digest, () => new ManifestModel(manifest));
    write(model.there, true, answered);
    const { digest } = manifest;
    for (const tag of [...tags, ...(version ? [version] : [])]) write(this.tag(tag), digest, answered);
    if (version) write(this.version(version), digest, answered);
    if (answered) for (const blob of manifest.blobs) this.pushed(blob, true);
    else this.undecided.push({ manifest, tags, version });
  }

  tagDeleted(tag: string, answered: boolean): void {
    write(this.tag(tag), undefined, answered);
  }

  /** The manifest goes too when no other tag and no published index holds it. */
  versionUnpublished(version: string, answered: boolean): void {
    const register = this.version(version);
    const digests = register.values;
    // One that was perhaps never published may just as well stay unknown.
    for (const digest of digests) {
      if (digest === undefined) continue;
      if (answered) register.replace(digest, unpublished);
      else register.maySet(unpublished);
    }
    write(this.tag(version), undefined, answered);
    for (const digest of digests) if (digest !== undefined && digest !== unpublished) this.#released(digest, answered);
  }

  manifestDeleted(digest: string, answered: boolean): void {
    for (const tag of this.tags.values()) {
      if (answered) tag.replace(digest, undefined);
      else if (tag.allows(digest)) tag.maySet(undefined);
    }
    for (const version of this.versions.values()) {
      if (answered) version.replace(digest, unpublished);
      else if (version.allows(digest)) version.maySet(unpublished);
    }
    this.#gone(digest, answered);
  }

  /** A day passes for everything that was written before `before`: what no manifest names may be collected. */
  dayPassed(before: number): void {
    const named = new Set<string>();
    for (const { manifest, there } of this.manifests.values()) {
      if (there.isCertainly(true)) for (const blob of manifest.blobs) named.add(blob.digest);
    }
    for (const [digest, blob] of this.blobs) if (!named.has(digest) && blob.since < before) blob.there.maySet(false);
  }

  #released(digest: string, answered: boolean): void {
    const holders = [...this.tags.values()].filter((tag) => tag.allows(digest));
    const parents = [...this.manifests.values()].filter((one) => one.manifest.members.includes(digest));
    if (holders.some((tag) => tag.isCertain)) return;
    // Whether an index that contains it is still a version is left open: then both may be seen.
    this.#gone(digest, answered && holders.length === 0 && parents.length === 0);
  }

  #gone(digest: string, answered: boolean): void {
    const model = this.manifests.get(digest);
    if (!model) return;
    const letsGo = answered && model.there.isCertainly(true);
    write(model.there, false, answered);
    if (!letsGo) return;
    for (const { digest: blob } of model.manifest.blobs) {
      const named = this.blobs.get(blob);
      if (named) named.since = this.began;
    }
  }
}

/** What a version that was unpublished is seen as. */
export const unpublished = "unpublished";

/** Bytes that their name decides; see tests/harness/content.ts. */
export interface Content {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export class BlobModel {
  readonly content: Content;
  readonly there = new Register(false);
  /** An upload of it was never answered and may yet end. */
  mayCome = false;
  /** When it was last pushed, mounted or let go by a manifest. */
  since = 0;

  constructor(content: Content) {
    this.content = content;
  }
}

export interface Manifest extends Content {
  readonly mediaType: string;
  readonly blobs: readonly Content[];
  /** Digests of the manifests in an index. */
  readonly members: readonly string[];
}

class ManifestModel {
  readonly manifest: Manifest;
  readonly there = new Register(false);

  constructor(manifest: Manifest) {
    this.manifest = manifest;
  }
}

export interface Publication {
  readonly manifest: Manifest;
  readonly tags: readonly string[];
  readonly version: string | undefined;
}

function write<T>(register: Register<T>, value: T, answered: boolean): void {
  if (answered) register.set(value);
  else register.maySet(value);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
