import { type Operation, type Setting, v2 } from "./operation.ts";
import { describe, type Descriptor, randomContent } from "./person.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const octets = "application/octet-stream";

const withDigest = (location: string, digest: string) => `${location}?digest=${digest}`;

async function begin(setting: Setting): Promise<string> {
  const { headers } = await setting.person.send("POST", `${v2(setting)}/blobs/uploads/`, 202, { body: "" });
  return headers.get("location") ?? "";
}

async function byPut(setting: Setting, content: string): Promise<Descriptor> {
  const blob = describe(content);
  const location = withDigest(await begin(setting), blob.digest);
  await setting.person.send("PUT", location, 201, { type: octets, body: content });
  return blob;
}

async function byPatches(setting: Setting, chunks: readonly string[], ranges: boolean): Promise<Descriptor> {
  const blob = describe(chunks.join(""));
  let location = await begin(setting);
  let start = 0;
  for (const body of chunks) {
    const range = ranges ? { range: `${start}-${start + body.length - 1}` } : {};
    const { headers } = await setting.person.send("PATCH", location, 202, { type: octets, body, ...range });
    location = headers.get("location") ?? "";
    start += body.length;
  }
  await setting.person.send("PUT", withDigest(location, blob.digest), 201, { body: "" });
  return blob;
}

export async function byPost(setting: Setting, content: string): Promise<Descriptor> {
  const blob = describe(content);
  const path = `${v2(setting)}/blobs/uploads/?digest=${blob.digest}`;
  await setting.person.send("POST", path, 201, { type: octets, body: content });
  return blob;
}

let turn = 0;

async function putManifest(setting: Setting, tag: string, config: Descriptor, layer: Descriptor): Promise<void> {
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
    annotations: { turn: String(turn++) },
  });
  await setting.person.send("PUT", `${v2(setting)}/manifests/${tag}`, 201, { type: manifestType, body });
}

/** A version above all that are there, so that `latest` moves with it. */
const nextVersion = () => `2.${turn}.0`;

const missing = `sha256:${"0".repeat(64)}`;
const content = () => randomContent(64_000);
const config = () => JSON.stringify({ architecture: "amd64", os: "linux", author: randomContent(32) });

export const pushes: readonly Operation[] = [
  { name: "token for a push", run: ({ person }) => person.signIn() },
  {
    name: "HEAD of a blob that is not there",
    run: async (setting) => void (await setting.person.send("HEAD", `${v2(setting)}/blobs/${missing}`, 404)),
  },
  { name: "blob: POST, PATCH, PUT", run: async (setting) => void (await byPatches(setting, [content()], false)) },
  {
    name: "blob: POST, 3 chunks, PUT",
    run: async (setting) => void (await byPatches(setting, [content(), content(), content()], true)),
  },
  { name: "blob: POST, PUT", run: async (setting) => void (await byPut(setting, content())) },
  { name: "blob: one POST", run: async (setting) => void (await byPost(setting, content())) },
  {
    name: "manifest as a new version",
    run: (setting) => putManifest(setting, nextVersion(), setting.config, setting.layer),
  },
  { name: "manifest under a label", run: (setting) => putManifest(setting, "main", setting.config, setting.layer) },
  {
    name: "image of one layer, as docker pushes it",
    async run(setting) {
      const { person } = setting;
      await person.signIn();
      const layer = content();
      await person.send("HEAD", `${v2(setting)}/blobs/${describe(layer).digest}`, 404);
      const stored = await byPatches(setting, [layer], false);
      const settings = config();
      await person.send("HEAD", `${v2(setting)}/blobs/${describe(settings).digest}`, 404);
      const configured = await byPatches(setting, [settings], false);
      await putManifest(setting, nextVersion(), configured, stored);
    },
  },
  {
    name: "image of one layer, as oras pushes it",
    async run(setting) {
      await setting.person.signIn();
      const stored = await byPut(setting, content());
      await putManifest(setting, nextVersion(), await byPut(setting, config()), stored);
    },
  },
];
