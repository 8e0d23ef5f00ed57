import type { NamespacePath, Repository } from "../../core/identifiers.ts";

/** Changed repositories and namespaces that are told apart. More are taken for a change of everything. */
const maxScopes = 1_000;

/** Which repositories changed since when, as a count of changes: for work that begins before a change and ends after it. */
export class ChangeLog {
  readonly #last = new Map<string, number>();
  #everything = 0;
  #now = 0;

  /** How many changes there were. */
  get now(): number {
    return this.#now;
  }

  /** One repository, all of a namespace, or everything has changed. */
  add(changed: Repository | NamespacePath | undefined): void {
    this.#now += 1;
    if (changed !== undefined) this.#last.set(changed, this.#now);
    if (changed !== undefined && this.#last.size <= maxScopes) return;
    this.#last.clear();
    this.#everything = this.#now;
  }

  /** Whether a repository may have changed after there were `since` changes. */
  touched(repository: Repository, since: number): boolean {
    const namespace = repository.slice(0, repository.lastIndexOf("/"));
    const last = Math.max(this.#everything, this.#last.get(repository) ?? 0, this.#last.get(namespace) ?? 0);
    return last > since;
  }
}
