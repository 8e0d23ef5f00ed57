import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Digest } from "../../core/digests.ts";
import type { Repository as RepositoryName } from "../../core/identifiers.ts";
import { bytesSource, createClient } from "../../packages/sdk/src/index.ts";
import { Api } from "../harness/api.ts";
import { type RegistryProcess, spawnRegistry } from "../harness/registry-process.ts";
import { makeKey, type Person, signUp } from "../http/support/people.ts";
import { digestOf, randomContent, Repository } from "../http/support/repository.ts";

const limit = 5_000_000;
let folder: string;
let registry: RegistryProcess;
let owner: Person;
let repository: Repository;

/** As behind Cloudflare, or a proxy that takes no larger bodies. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gati-test-"));
  registry = await spawnRegistry({ data: join(folder, "data"), env: { GATI_MAX_BODY: String(limit) } });
  const api = new Api(registry.url);
  owner = await signUp(api);
  repository = Repository.fresh(api, owner);
});
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

it("the limit is told to clients, and a larger body is refused with what to do", async () => {
  const begun = await repository.send("POST", "blobs/uploads/");
  expect(begun.headers.get("oci-chunk-max-length")).toBe(String(limit));
  const refused = await repository.send("PATCH", begun.headers.get("location") ?? "", {
    body: randomContent(limit + 1),
  });
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({
    errors: [{ code: "SIZE_INVALID", message: expect.stringContaining("chunks"), detail: { limit } }],
  });
});

it("a larger body that does not tell its length is refused as soon as it is larger, and leaves nothing", async () => {
  const chunked = (size: number) => new Blob([randomContent(size) as BlobPart]).stream();
  const location = await repository.startUpload();
  for (const path of [location, `blobs/uploads/?digest=${digestOf("any")}`]) {
    const method = path === location ? "PATCH" : "POST";
    const refused = await repository.send(method, path, { body: chunked(limit + 1) });
    expect([refused.status, await refused.json()]).toMatchObject([413, { errors: [{ detail: { limit } }] }]);
  }
  expect((await repository.send("GET", location)).headers.get("oci-upload-offset")).toBe("0");
  expect((await repository.send("PATCH", location, { body: chunked(limit) })).status).toBe(202);
});

it("the SDK keeps below it", async () => {
  const { key } = await makeKey(repository.api, owner, ["publish"]);
  const client = createClient({ registry: registry.url, credential: key });
  const bytes = randomContent(2 * limit + 1);
  const digest = digestOf(bytes) as Digest;
  await client.oci.uploadBlob(repository.name as RepositoryName, bytesSource(bytes), { digest });
  expect(await repository.head(`blobs/${digest}`)).toBe(200);
});

it("a store without an address of its own offers no parts, and says so to who asks", async () => {
  const begun = await repository.send("POST", "blobs/uploads/");
  expect(begun.headers.has("gati-parts")).toBe(false);
  const upload = begun.headers.get("docker-upload-uuid");
  const refused = await repository.send("POST", `_gati/uploads/${upload}/parts`, { body: '{"size":1}' });
  expect([refused.status, await refused.json()]).toMatchObject([405, { errors: [{ code: "UNSUPPORTED" }] }]);
});
