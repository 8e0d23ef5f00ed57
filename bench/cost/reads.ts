import { type Descriptor, randomContent } from "./person.ts";
import { byPost } from "./pushes.ts";
import { api, type Operation, type Setting, v2 } from "./operation.ts";

type Reader = "stranger" | "token" | "key";
const get = (name: string, path: (setting: Setting) => string, as: Reader = "stranger"): Operation => ({
  name,
  run: async (setting) => void (await setting.person.send("GET", path(setting), 200, { as })),
});

/** The same request once more: what the isolate remembers by then. */
function warm(name: string, path: (setting: Setting) => string): Operation {
  let where = "";
  return {
    name,
    async before(setting) {
      where = path(setting);
      await setting.person.send("GET", where, 200, { as: "stranger" });
    },
    run: async (setting) => void (await setting.person.send("GET", where, 200, { as: "stranger" })),
  };
}

/** Reads a blob that was pushed just now: nothing has it in memory. */
function fresh(name: string): Operation {
  let blob: Descriptor | undefined;
  return {
    name,
    before: async (setting) => void (blob = await byPost(setting, randomContent(64_000))),
    run: async (setting) => void (await setting.person.send("GET", `${v2(setting)}/blobs/${blob?.digest}`, 200)),
  };
}

const byDigest = (setting: Setting) => `${v2(setting)}/manifests/${setting.unread().digest}`;
const byTag = (setting: Setting) => `${v2(setting)}/manifests/${setting.unread().version}`;
const layer = (setting: Setting) => `${v2(setting)}/blobs/${setting.layer.digest}`;
const resolve = (setting: Setting, selector: string) =>
  `/api/v1/resolve?ref=${encodeURIComponent(`@${setting.person.handle}/${setting.person.repository.split("/")[2]}@${selector}`)}`;

export const reads: readonly Operation[] = [
  get("manifest by digest, cold", byDigest),
  warm("manifest by digest, warm", byDigest),
  get("manifest by tag, cold", byTag),
  warm("manifest by tag, warm", byTag),
  get("manifest by tag, signed in", byTag, "token"),
  fresh("blob, cold"),
  warm("blob, warm", layer),
  get("tags list, 100 of them", (setting) => `${v2(setting)}/tags/list?n=100`, "token"),
  get("referrers", (setting) => `${v2(setting)}/referrers/${setting.unread().digest}`),
  get("version", (setting) => `${api(setting)}/versions/${setting.unread().version}`),
  get("artifact", (setting) => api(setting)),
  get("resolve a version", (setting) => resolve(setting, setting.unread().version)),
  get("resolve latest", (setting) => resolve(setting, "latest")),
  get("resolve ^1.0.0", (setting) => resolve(setting, "^1.0.0")),
  get("download of a version", (setting) => `${api(setting)}/versions/${setting.unread().version}/download`),
  {
    name: "install: resolve ^1.0.0, version, download",
    async run(setting) {
      const { person } = setting;
      const { text } = await person.send("GET", resolve(setting, "^1.0.0"), 200, { as: "stranger" });
      const { version } = JSON.parse(text) as { version: string };
      await person.send("GET", `${api(setting)}/versions/${version}`, 200, { as: "stranger" });
      await person.send("GET", `${api(setting)}/versions/${version}/download`, 200, { as: "stranger" });
    },
  },
  get("newest artifacts, 20 of them", () => "/api/v1/artifacts?limit=20"),
];
