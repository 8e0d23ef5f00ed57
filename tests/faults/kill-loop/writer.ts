import { GaveUp, type Client, Unexpected } from "./client.ts";
import { newContent, sharedContent } from "./contents.ts";
import { RepositoryModel } from "./model.ts";
import { publishImage, publishIndex, publishModule } from "./publish.ts";
import { cancelUpload, mountBlob, pushBlob } from "./push-blob.ts";
import { deleteBlob, deleteManifest, deleteName } from "./remove.ts";

/** A repository is left alone after this many operations, and must keep what it has. */
const operationsPerRepository = 40;

/** One user's client at work: it makes repositories of its own and changes them at random. */
export class Writer {
  readonly client: Client;
  readonly repositories: RepositoryModel[] = [];
  readonly #namespace: string;
  readonly #name: string;
  readonly #others: () => readonly RepositoryModel[];
  #operations = 0;

  /** `others` are repositories to mount from. */
  constructor(client: Client, namespace: string, name: string, others: () => readonly RepositoryModel[]) {
    this.client = client;
    this.#namespace = namespace;
    this.#name = name;
    this.#others = others;
  }

  /** The repositories that it works on now: one of images, one of modules. */
  get current(): readonly RepositoryModel[] {
    return this.repositories.slice(-2);
  }

  /** One operation to its end, through crashes, or until the client gives up. */
  async operate(): Promise<void> {
    if (this.#operations % operationsPerRepository === 0) this.#begin();
    this.#operations += 1;
    for (const repository of this.current) repository.began = Date.now();
    await this.#forgiving(() => this.#chosen());
  }

  async #forgiving(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof GaveUp || error instanceof Unexpected)) throw error;
    }
  }

  /**
   * Has the namespace finish what a crash cut off between its own commit and the index, as its alarm would a few seconds
   * later: a command, even one that is refused, brings the index up to date.
   */
  async settle(): Promise<void> {
    const [repository] = this.current;
    if (!repository) return;
    await this.#forgiving(async () => {
      const answer = await this.client.step("settle", "DELETE", `/v2/${repository.name}/manifests/never-there`);
      this.client.expect("deleting what never was", answer, [404]);
    });
  }

  #begin(): void {
    const number = this.repositories.length / 2;
    for (const kind of ["image", "module"]) {
      this.repositories.push(new RepositoryModel(`${this.#namespace}/${this.#name}-${kind}-${number}`));
    }
  }

  #chosen(): Promise<void> {
    const { client } = this;
    const { random } = client;
    const [images, modules] = this.current as [RepositoryModel, RepositoryModel];
    const either = random.pick(this.current);
    const content = () => (random.chance(0.5) ? sharedContent(random) : newContent(random));
    const operations: [weight: number, () => Promise<void>][] = [
      [4, () => pushBlob(client, either, content())],
      [3, () => mountBlob(client, either, sharedContent(random), random.pick(this.#others()).name)],
      [1, () => cancelUpload(client, either, newContent(random).bytes)],
      [5, () => publishImage(client, images)],
      [2, () => publishIndex(client, images)],
      [4, () => publishModule(client, modules)],
      [4, () => deleteName(client, either)],
      [2, () => deleteManifest(client, either)],
      [2, () => deleteBlob(client, either)],
    ];
    let at = random.between(
      1,
      operations.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, operation] of operations) {
      at -= weight;
      if (at <= 0) return operation();
    }
    throw new Error("the weights do not add up");
  }
}
