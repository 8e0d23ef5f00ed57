import { digestBytes } from "../../../core/digests.ts";
import { apply, contents, type State, type Write } from "./model.ts";

export type Caller = "stranger" | "member" | "writer";

/** One or more servers of the same registry. Servers share everything but what they remember. */
export interface Servers {
  readonly count: number;
  /** A stranger sends no credential; a member may read the organisation, a writer owns it. */
  send(
    at: number,
    caller: Caller,
    request: { method: string; path: string; body?: string; type?: string },
  ): Promise<Response>;
  /** Milliseconds. */
  now(): number;
  /** Lets time pass. */
  advance(ms: number): void;
  /** Handle of the organisation. */
  readonly organization: string;
}

export interface Content {
  readonly layer: string;
  readonly layerDigest: string;
  readonly manifest: string;
  readonly digest: string;
}

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const encode = (text: string) => new TextEncoder().encode(text);
let count = 0;

/** One repository of the organisation, and how a write is done to it. */
export class World {
  readonly servers: Servers;
  readonly repository: string;
  readonly contents: readonly Content[];

  private constructor(servers: Servers, repository: string, made: readonly Content[]) {
    this.servers = servers;
    this.repository = repository;
    this.contents = made;
  }

  /** A repository that is public and has one image under the label edge. */
  static async create(servers: Servers): Promise<{ world: World; state: State }> {
    const name = `thing-${++count}`;
    const config = {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: await digestBytes("sha256", encode("{}")),
      size: 2,
    };
    const made = await Promise.all(
      contents.map(async (number): Promise<Content> => {
        const layer = `layer ${number}`;
        const layerDigest = await digestBytes("sha256", encode(layer));
        const layers = [{ mediaType: "text/plain", digest: layerDigest, size: layer.length }];
        const manifest = JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers });
        return { layer, layerDigest, manifest, digest: await digestBytes("sha256", encode(manifest)) };
      }),
    );
    const world = new World(servers, `orgs/${servers.organization}/${name}`, made);
    const state: State = {
      hidden: { artifact: false, namespace: false },
      labels: new Map(),
      versions: new Map(),
      manifests: new Set(),
      layers: new Set(),
    };
    await world.write(0, { do: "hide", what: "namespace", hidden: false });
    await world.#upload(0, "{}", config.digest);
    const first: Write = { do: "push", tag: "edge", content: 0 };
    const status = await world.write(0, first);
    if (status !== apply(state, first)) throw new Error(`The repository was not made: ${status}`);
    return { world, state };
  }

  /** Does it as the writer and returns the status. */
  async write(at: number, write: Write): Promise<number> {
    const send = async (method: string, path: string, body?: string, type = "application/json") => {
      const request = { method, path, ...(body === undefined ? {} : { body, type }) };
      const response = await this.servers.send(at, "writer", request);
      await response.arrayBuffer();
      return response.status;
    };
    const oci = `/v2/${this.repository}`;
    const rest = `/api/v1/artifacts/${this.repository}`;
    const content = (number: number) => this.contents[number] as Content;
    switch (write.do) {
      case "push":
      case "pushByRest": {
        const { layer, layerDigest, manifest } = content(write.content);
        await this.#upload(at, layer, layerDigest);
        const path = write.do === "push" ? `${oci}/manifests/${write.tag}` : `${rest}/versions/${write.tag}`;
        return send("PUT", path, manifest, ociManifest);
      }
      case "deleteTag":
        return send("DELETE", `${oci}/manifests/${write.tag}`);
      case "deleteManifest":
        return send("DELETE", `${oci}/manifests/${content(write.content).digest}`);
      case "deleteLayer":
        return send("DELETE", `${oci}/blobs/${content(write.content).layerDigest}`);
      case "unpublish":
        return send("DELETE", `${rest}/versions/${write.tag}`);
      case "deprecate": {
        const path = `${rest}/versions/${write.tag}/deprecation`;
        return write.message === null
          ? send("DELETE", path)
          : send("PUT", path, JSON.stringify({ message: write.message }));
      }
      case "hide": {
        const path = write.what === "artifact" ? rest : `/api/v1/namespaces/orgs/${this.servers.organization}`;
        return send("PATCH", path, JSON.stringify({ visibility: write.hidden ? "private" : "public" }));
      }
    }
  }

  async #upload(at: number, content: string, digest: string): Promise<void> {
    const path = `/v2/${this.repository}/blobs/uploads/?digest=${digest}`;
    const { status } = await this.servers.send(at, "writer", {
      method: "POST",
      path,
      body: content,
      type: "application/octet-stream",
    });
    if (status !== 201) throw new Error(`The blob was not taken: ${status}`);
  }
}
