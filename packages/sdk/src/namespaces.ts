import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";
import type { Member, Namespace, Role, Visibility } from "./types.ts";

/** Users' and organisations' namespaces and who belongs to them. Every call may throw `ApiError`. */
export class Namespaces {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  createOrg(handle: string): Promise<Namespace> {
    return this.#transport.json({ method: "POST", target: "/api/v1/orgs", json: { handle } });
  }

  get(namespace: NamespacePath): Promise<Namespace> {
    return this.#transport.json({ method: "GET", target: `/api/v1/namespaces/${namespace}` });
  }

  update(namespace: NamespacePath, change: { visibility: Visibility }): Promise<Namespace> {
    return this.#transport.json({ method: "PATCH", target: `/api/v1/namespaces/${namespace}`, json: change });
  }

  async members(namespace: NamespacePath): Promise<readonly Member[]> {
    const target = `/api/v1/namespaces/${namespace}/members`;
    return (await this.#transport.json<{ members: Member[] }>({ method: "GET", target })).members;
  }

  async setMember(namespace: NamespacePath, handle: string, role: Role): Promise<void> {
    await this.#transport.send({ method: "PUT", target: this.#member(namespace, handle), json: { role } });
  }

  async removeMember(namespace: NamespacePath, handle: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: this.#member(namespace, handle) });
  }

  #member(namespace: NamespacePath, handle: string): string {
    return `/api/v1/namespaces/${namespace}/members/${encodeURIComponent(handle)}`;
  }
}
