import { env } from "cloudflare:workers";
import { mediaTypes } from "../../../core/media-types.ts";
import type { Scene } from "./scene.ts";

export interface Operation {
  readonly name: string;
  /** What has to be there before. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  readonly run: (scene: Scene) => Promise<void>;
  /** Whether it moves bytes, so that the kind of store matters. */
  readonly moves?: true;
}

const uploads = (scene: Scene) => `/v2/${scene.repository}/blobs/uploads/`;
const gatiType = "application/vnd.gati.manifest.v1+json";

async function start(scene: Scene): Promise<string> {
  const response = await scene.call("POST", uploads(scene), { status: 202 });
  return response.headers.get("location") ?? "";
}

const finish = (scene: Scene, location: string, digest: string, body?: () => BodyInit) =>
  scene.call("PUT", `${location}?digest=${digest}`, { status: 201, ...(body ? { body } : {}) });

async function pushBlob(scene: Scene, label: string, repository = scene.repository) {
  const { text, digest } = await scene.content(label);
  await scene.call("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: () => text, status: 201 });
  return { mediaType: "application/octet-stream", digest, size: text.length };
}

const streamOf = (text: string) => () => {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  void writer
    .write(new TextEncoder().encode(text))
    .then(() => writer.close())
    .catch(() => undefined);
  return readable as unknown as BodyInit;
};

async function image(scene: Scene, label: string, padding = 0) {
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: "application/vnd.example.v1",
    config: await pushBlob(scene, `config of ${label}`),
    layers: [await pushBlob(scene, `layer of ${label}`)],
    annotations: { padding: "x".repeat(padding) },
  };
  const text = JSON.stringify(manifest);
  return { text, digest: await scene.digest(label, text), mediaType: mediaTypes.ociManifest };
}

const putManifest = (scene: Scene, reference: string, { text, mediaType }: { text: string; mediaType: string }) =>
  scene.call("PUT", `/v2/${scene.repository}/manifests/${reference}`, {
    body: () => text,
    headers: { "Content-Type": mediaType },
    status: 201,
  });

async function publishImage(scene: Scene): Promise<void> {
  await putManifest(scene, "1.0.0?tag=stable", await image(scene, "image"));
}

async function module(scene: Scene) {
  const gati = {
    schemaVersion: 1,
    name: scene.repository.split("/").at(-1),
    version: "1.0.0",
    type: "module-node",
    dependencies: {},
  };
  const config = JSON.stringify(gati);
  const digest = await scene.digest("gati manifest", config);
  await scene.call("POST", `${uploads(scene)}?digest=${digest}`, { body: () => config, status: 201 });
  const layer = await pushBlob(scene, "content");
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: "application/vnd.gati.module-node.v1",
    config: { mediaType: gatiType, digest, size: config.length },
    layers: [{ ...layer, mediaType: "application/vnd.gati.content.v1.tar+gzip" }],
  });
  return { text, digest: await scene.digest("module", text), mediaType: mediaTypes.ociManifest };
}

const versionPath = (scene: Scene) => `/api/v1/artifacts/${scene.repository}/versions/1.0.0`;

/** Prepared things are kept here, because preparing and running are two steps. */
const prepared = new WeakMap<Scene, { text: string; digest: string; mediaType: string }>();
const preparing =
  (make: (scene: Scene) => Promise<{ text: string; digest: string; mediaType: string }>) =>
  async (scene: Scene): Promise<void> =>
    void prepared.set(scene, await make(scene));
const made = (scene: Scene) => {
  const found = prepared.get(scene);
  if (!found) throw new Error("not prepared");
  return found;
};

const remove = (scene: Scene, rest: string) =>
  scene.call("DELETE", `/v2/${scene.repository}/${rest}`, { status: 202, repeated: [404] });

const removals: Operation[] = (["stable", "1.0.0", "digest"] as const).map((which) => ({
  name: `delete ${which === "digest" ? "a manifest" : `the ${which === "stable" ? "label" : "version tag"}`}`,
  prepare: preparing(async (scene) => {
    const pushed = await image(scene, "image");
    await putManifest(scene, "1.0.0?tag=stable", pushed);
    return pushed;
  }),
  run: async (scene) => void (await remove(scene, `manifests/${which === "digest" ? made(scene).digest : which}`)),
}));

export const operations: readonly Operation[] = [
  { moves: true, name: "push by one POST", run: async (scene) => void (await pushBlob(scene, "blob")) },
  {
    moves: true,
    name: "push by one POST of unknown length",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      await scene.call("POST", `${uploads(scene)}?digest=${digest}`, { body: streamOf(text), status: 201 });
    },
  },
  {
    moves: true,
    name: "push by POST and PUT",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      await finish(scene, await start(scene), digest, () => text);
    },
  },
  {
    moves: true,
    name: "push by a streamed PATCH",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      const location = await start(scene);
      await scene.chunk(location, text, 0, false);
      await finish(scene, location, digest);
    },
  },
  {
    moves: true,
    name: "push by two streamed PATCHes",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      const location = await start(scene);
      const middle = await scene.chunk(location, text.slice(0, 20), 0, false);
      await scene.chunk(location, text.slice(middle), middle, false);
      await finish(scene, location, digest);
    },
  },
  {
    moves: true,
    name: "push by a streamed PATCH and the rest in the PUT",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      const location = await start(scene);
      const middle = await scene.chunk(location, text.slice(0, 20), 0, false);
      await finish(scene, location, digest, () => text.slice(middle));
    },
  },
  {
    moves: true,
    name: "push by chunks",
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      const location = await start(scene);
      const middle = await scene.chunk(location, text.slice(0, 20), 0, true);
      await scene.chunk(location, text.slice(middle), middle, true);
      await finish(scene, location, digest);
    },
  },
  {
    moves: true,
    name: "push of what is stored already",
    prepare: async (scene) => void (await pushBlob(scene, "blob", scene.other)),
    run: async (scene) => {
      const { text, digest } = await scene.content("blob");
      await finish(scene, await start(scene), digest, () => text);
    },
  },
  {
    name: "mount",
    prepare: async (scene) => void (await pushBlob(scene, "blob", scene.other)),
    run: async (scene) => {
      const { digest } = await scene.content("blob");
      await scene.call("POST", `${uploads(scene)}?mount=${digest}&from=${scene.other}`, { status: 201 });
    },
  },
  {
    name: "publish an image as a version and a label",
    prepare: preparing((scene) => image(scene, "image")),
    run: async (scene) => void (await putManifest(scene, "1.0.0?tag=stable", made(scene))),
  },
  {
    moves: true,
    name: "publish a manifest that only the store keeps",
    prepare: preparing((scene) => image(scene, "image", 70_000)),
    run: async (scene) => void (await putManifest(scene, "2.0.0?tag=large", made(scene))),
  },
  {
    name: "publish what is published already",
    prepare: preparing(async (scene) => {
      const pushed = await image(scene, "image");
      await putManifest(scene, "1.0.0", pushed);
      return pushed;
    }),
    run: async (scene) => void (await putManifest(scene, "1.0.0?tag=again", made(scene))),
  },
  {
    name: "publish an index",
    prepare: preparing(async (scene) => {
      const member = await image(scene, "member");
      await putManifest(scene, member.digest, member);
      const { mediaType, digest, text } = member;
      const index = JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [{ mediaType, digest, size: text.length }],
      });
      return { text: index, digest: await scene.digest("index", index), mediaType: mediaTypes.ociIndex };
    }),
    run: async (scene) => void (await putManifest(scene, "1.0.0?tag=multi", made(scene))),
  },
  {
    name: "publish a version by REST",
    prepare: preparing(module),
    run: async (scene) => {
      const { text, mediaType } = made(scene);
      const headers = { "Content-Type": mediaType };
      await scene.call("PUT", versionPath(scene), { body: () => text, headers, status: 201, repeated: [200] });
    },
  },
  ...removals,
  {
    name: "delete a blob",
    prepare: async (scene) => void (await pushBlob(scene, "blob")),
    run: async (scene) => void (await remove(scene, `blobs/${(await scene.content("blob")).digest}`)),
  },
  {
    name: "unpublish",
    prepare: publishImage,
    run: async (scene) => void (await scene.call("DELETE", versionPath(scene), { status: 200, repeated: [410] })),
  },
  {
    name: "deprecate",
    prepare: publishImage,
    run: async (scene) => {
      await scene.call("PUT", `${versionPath(scene)}/deprecation`, {
        body: () => JSON.stringify({ message: "Use another." }),
        headers: { "Content-Type": "application/json" },
        status: 200,
      });
    },
  },
  {
    moves: true,
    name: "cancel an upload",
    run: async (scene) => {
      const location = await start(scene);
      await scene.chunk(location, "what is not wanted", 0, true);
      await scene.call("DELETE", location, { status: 204, repeated: [404] });
    },
  },
  {
    moves: true,
    name: "cancel an upload of one streamed PATCH",
    run: async (scene) => {
      const location = await start(scene);
      await scene.chunk(location, "what is not wanted", 0, false);
      await scene.call("DELETE", location, { status: 204, repeated: [404] });
    },
  },
  {
    moves: true,
    name: "collect garbage",
    prepare: async (scene) => {
      const gone = await image(scene, "image");
      await putManifest(scene, "1.0.0?tag=stable", gone);
      await remove(scene, `manifests/${gone.digest}`);
      await pushBlob(scene, "unwanted");
      await letTimePass();
      await collect(scene);
      await letTimePass();
      await pushBlob(scene, "wanted");
      await pushBlob(scene, "unwanted too");
      await env.DB.prepare("UPDATE gc_candidates SET due_at = 0 WHERE repository = ? AND digest = ?")
        .bind(scene.repository, (await scene.content("unwanted too")).digest)
        .run();
    },
    run: async (scene) => void (await collect(scene)),
  },
];

const collect = (scene: Scene) =>
  scene.call("POST", "/api/v1/admin/gc", {
    body: () => JSON.stringify({ dryRun: false }),
    headers: { "Content-Type": "application/json" },
    status: 200,
    as: scene.operator,
  });

/** Makes everything due that the collector waits for. */
const letTimePass = () =>
  env.DB.batch([
    env.DB.prepare("UPDATE gc_candidates SET due_at = 0"),
    env.DB.prepare("UPDATE gc_objects SET due_at = 0"),
  ]);
