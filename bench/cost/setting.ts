import { randomUUID } from "node:crypto";
import type { Operation, Setting } from "./operation.ts";
import { describe, Person, randomContent } from "./person.ts";
import type { Cost } from "./protocol.ts";
import type { MeteredRegistry } from "./registry.ts";

/** A repository of one artifact that can be given more and more versions, and what operations on it cost. */
export class GrowingRepository {
  readonly #registry: MeteredRegistry;
  readonly #setting: Setting;
  readonly #origin: { readonly namespaceId: string; readonly userId: string };
  readonly #digests: string[] = [];
  #next = 0;

  private constructor(
    registry: MeteredRegistry,
    setting: Omit<Setting, "unread">,
    origin: GrowingRepository["origin"],
  ) {
    this.#registry = registry;
    this.#origin = origin;
    this.#setting = { ...setting, unread: () => this.#unread() };
  }

  static async create(registry: MeteredRegistry): Promise<GrowingRepository> {
    const person = await Person.signUp(registry, "growing");
    const [config, layer] = [JSON.stringify({ os: "linux", id: randomUUID() }), randomContent(10_000)];
    for (const body of [config, layer]) {
      const path = `/v2/${person.repository}/blobs/uploads/?digest=${describe(body).digest}`;
      await person.send("POST", path, 201, { type: "application/octet-stream", body });
    }
    const rows = await registry.database
      .prepare(
        "SELECT n.id AS namespaceId, u.id AS userId FROM namespaces n JOIN users u ON u.handle = n.handle WHERE n.handle = ?",
      )
      .bind(person.handle)
      .all<{ namespaceId: string; userId: string }>();
    const [origin] = rows.results;
    if (!origin) throw new Error("whoever signed up has a namespace");
    return new GrowingRepository(registry, { person, config: describe(config), layer: describe(layer) }, origin);
  }

  get origin(): { readonly namespaceId: string; readonly userId: string } {
    return this.#origin;
  }

  /** Publishes versions until there are `count` of them. */
  async growTo(count: number): Promise<void> {
    const { person, config, layer } = this.#setting;
    const name = person.repository.split("/")[2] ?? "";
    const seed = { ...this.#origin, handle: person.handle, name, config, layer, from: this.#digests.length, to: count };
    this.#digests.push(...(await this.#registry.seed(seed)));
    await this.#registry.takeCost();
  }

  /** What an operation costs now. */
  async costOf(operation: Operation): Promise<Cost> {
    await operation.before?.(this.#setting);
    await this.#registry.takeCost();
    await operation.run(this.#setting);
    return this.#registry.takeCost();
  }

  #unread(): { digest: string; version: string } {
    const at = this.#next++ % this.#digests.length;
    return { digest: this.#digests[at] ?? "", version: `1.${at}.0` };
  }
}
