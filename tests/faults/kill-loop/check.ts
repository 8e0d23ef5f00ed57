import type { Client } from "./client.ts";
import { type RepositoryModel, unpublished } from "./model.ts";
import { digestOf } from "../../http/support/repository.ts";

/** What is wrong with a repository. */
export interface Verdict {
  /** It contradicts what the client was told. */
  readonly broken: string[];
  /** Several answers contradict each other: a fault, unless something was still being finished between them. */
  readonly unsettled: string[];
  /** Acknowledged writes that were looked at. */
  readonly checked: number;
}

/** Reads everything of a repository that its client ever wrote, and compares it with what may be seen. */
export async function checkRepository(client: Client, repository: RepositoryModel): Promise<Verdict> {
  const check = new Check(client, repository);
  await check.blobs();
  await check.manifests();
  const tags = await check.tags();
  const versions = await check.versions();
  await check.derived(tags, versions);
  check.undecided(tags);
  return check;
}

class Check implements Verdict {
  readonly broken: string[] = [];
  readonly unsettled: string[] = [];
  checked = 0;
  readonly #client: Client;
  readonly #repository: RepositoryModel;
  readonly #visible = new Set<string>();

  constructor(client: Client, repository: RepositoryModel) {
    this.#client = client;
    this.#repository = repository;
  }

  async #get(path: string, method = "GET"): Promise<{ status: number; headers: Headers; bytes: Uint8Array }> {
    const response = await this.#client.api.send(method, path, { as: this.#client.as });
    const answer = {
      status: response.status,
      headers: response.headers,
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
    if (answer.status !== 200 && answer.status !== 404 && answer.status !== 410)
      this.broken.push(
        `${method} ${path} answered ${answer.status}: ${new TextDecoder().decode(answer.bytes).slice(0, 300)}`,
      );
    return answer;
  }

  async #json<T>(path: string): Promise<T | undefined> {
    const { status, bytes } = await this.#get(path);
    return status === 200 ? (JSON.parse(new TextDecoder().decode(bytes)) as T) : undefined;
  }

  #compare<T>(what: string, register: { allows(seen: T): boolean; isCertain: boolean; values: readonly T[] }, seen: T) {
    if (!register.allows(seen))
      this.broken.push(`${what} is ${String(seen)} instead of ${register.values.join(" or ")}`);
    if (register.isCertain) this.checked += 1;
  }

  /** True when it is there and whole. */
  async #whole(path: string, digest: string): Promise<boolean> {
    const { status, bytes } = await this.#get(path);
    if (status === 200 && digestOf(bytes) !== digest) this.broken.push(`${path} has other bytes (${bytes.length})`);
    return status === 200;
  }

  async blobs(): Promise<void> {
    const { name, blobs } = this.#repository;
    for (const [digest, { there }] of blobs) {
      const path = `/v2/${name}/blobs/${digest}`;
      const seen = await this.#whole(path, digest);
      if (seen) this.#visible.add(digest);
      this.#compare(path, there, seen);
    }
  }

  async manifests(): Promise<void> {
    const { name, manifests } = this.#repository;
    for (const [digest, { there }] of manifests) {
      const path = `/v2/${name}/manifests/${digest}`;
      const seen = await this.#whole(path, digest);
      if (seen) this.#visible.add(digest);
      this.#compare(path, there, seen);
    }
    for (const [digest, { manifest }] of manifests) {
      if (!this.#visible.has(digest)) continue;
      // Members may be deleted from under an index that is no version, by their digest: they have been judged above.
      for (const { digest: blob } of manifest.blobs)
        if (!this.#visible.has(blob))
          this.broken.push(`${name}: manifest ${digest} is there, but not its blob ${blob}`);
    }
  }

  async tags(): Promise<Map<string, string>> {
    const { name, tags } = this.#repository;
    const listed = (await this.#json<{ tags: string[] }>(`/v2/${name}/tags/list`))?.tags ?? [];
    const seen = new Map<string, string>();
    for (const tag of new Set([...listed, ...tags.keys(), "latest"])) {
      const { status, headers } = await this.#get(`/v2/${name}/manifests/${tag}`, "HEAD");
      if (status === 200) seen.set(tag, headers.get("docker-content-digest") ?? "");
      if ((status === 200) !== listed.includes(tag))
        this.unsettled.push(`${name}: tag ${tag} is ${status}, but listed: ${listed.includes(tag)}`);
      if (tag !== "latest") this.#compare(`${name}:${tag}`, this.#repository.tag(tag), seen.get(tag));
    }
    return seen;
  }

  async versions(): Promise<Map<string, string>> {
    const { name, versions } = this.#repository;
    type Row = { version: string; digest: string };
    const rows = (await this.#json<{ versions: Row[] }>(`/api/v1/artifacts/${name}/versions`))?.versions ?? [];
    const listed = new Map(rows.map((row) => [row.version, row.digest]));
    for (const version of listed.keys())
      if (!versions.has(version)) this.broken.push(`${name} has a version ${version}`);
    for (const [version, register] of versions) {
      const { status } = await this.#get(`/api/v1/artifacts/${name}/versions/${version}`);
      const seen = listed.get(version) ?? (status === 410 ? unpublished : undefined);
      if ((status === 200) !== listed.has(version))
        this.unsettled.push(`${name}@${version} is ${status}, but not so in the list`);
      this.#compare(`${name}@${version}`, register, seen);
    }
    return listed;
  }

  /** What the registry derives from the versions: how many, which is the latest, and the label that follows it. */
  async derived(tags: ReadonlyMap<string, string>, versions: ReadonlyMap<string, string>): Promise<void> {
    const { name } = this.#repository;
    const artifact = await this.#json<{ versionCount: number; latest: string | null }>(`/api/v1/artifacts/${name}`);
    const highest = [...versions.keys()].toSorted((a, b) => Number(b.split(".")[1]) - Number(a.split(".")[1]))[0];
    const expected = { count: versions.size, latest: highest, tag: highest && versions.get(highest) };
    const actual = {
      count: artifact?.versionCount ?? 0,
      latest: artifact?.latest ?? undefined,
      tag: tags.get("latest"),
    };
    if (JSON.stringify(expected) !== JSON.stringify(actual))
      this.unsettled.push(`${name} shows ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }

  /** A publish without an answer has set all of its names or none. */
  undecided(tags: ReadonlyMap<string, string>): void {
    for (const { manifest, tags: labels, version } of this.#repository.undecided) {
      const names = [...labels, ...(version ? [version] : [])];
      const set = names.filter((one) => tags.get(one) === manifest.digest);
      if (set.length > 0 && set.length < names.length)
        this.unsettled.push(
          `${this.#repository.name}: ${manifest.digest} was published as ${set.join()} of ${names.join()}`,
        );
    }
  }
}
