import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  bytesSource,
  digestBytes,
  mediaTypes,
  parseRepository,
  type VerifyReport,
} from "../../packages/sdk/src/index.ts";
import { storedFiles } from "../faults/stored-files.ts";
import { Machine, newAccount } from "../harness/cli.ts";
import { RestartableRegistry, testOperator as operator } from "../harness/registry-process.ts";

const content = (text: string) => new TextEncoder().encode(text);

it("gati admin verify finds damage on the disk, repairs it, and says by its exit code whether some is left", async () => {
  const registry = await RestartableRegistry.start();
  onTestFinished(() => registry.remove());
  const machine = await Machine.create(registry.url);
  onTestFinished(() => machine.remove());
  const { key, client, handle } = await newAccount(registry.url);
  const { repository } = parseRepository(`users/${handle}/checked`);
  const bytes = content("content that will be lost");
  const digest = await digestBytes("sha256", bytes);
  const upload = () => client.oci.uploadBlob(repository, bytesSource(bytes), { digest });
  await upload();

  const refused = await machine.gati(["admin", "verify"], { env: { GATI_API_KEY: key } });
  expect(refused.code).toBe(3);
  await machine.gati(["login", "--handle", operator.handle, "--password-stdin", "--admin"], {
    input: operator.password,
  });
  const clean = await machine.gati(["admin", "verify", "--deep", "--json"]);
  expect(clean.code).toBe(0);
  expect(clean.json<VerifyReport>()).toMatchObject({ findings: [], checked: { blobs: 1, bytes: bytes.byteLength } });

  const [file = ""] = await storedFiles(registry.data);
  await writeFile(join(registry.data, "objects", file), content("content that will be LOST"));
  expect((await machine.gati(["admin", "verify"])).stdout).toContain("Everything is as it should be.");
  const deep = await machine.gati(["admin", "verify", "--deep"]);
  expect(deep).toMatchObject({ code: 6, stderr: "" });
  expect(deep.stdout).toContain(`error blob_damaged ${digest}`);

  await rm(join(registry.data, "objects", file));
  const repaired = await machine.gati(["admin", "verify", "--repair", "--json"]);
  expect(repaired.code).toBe(0);
  expect(repaired.json<VerifyReport>().findings).toMatchObject([{ kind: "blob_lost", what: digest, repaired: true }]);
  expect(await client.oci.blobExists(repository, digest)).toBe(false);

  await upload();
  expect(await client.oci.readBlob(repository, digest)).toEqual(bytes);
  expect((await machine.gati(["admin", "verify", "--deep"])).code).toBe(0);
});

it("gati admin rebuild makes a namespace again from its events", async () => {
  const registry = await RestartableRegistry.start();
  onTestFinished(() => registry.remove());
  const machine = await Machine.create(registry.url);
  onTestFinished(() => machine.remove());
  const { client, handle, key } = await newAccount(registry.url);
  const { repository } = parseRepository(`users/${handle}/kept`);
  const index = content(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }));
  const digest = await client.oci.putManifest(repository, "1.0.0", index, mediaTypes.ociIndex);

  expect((await machine.gati(["admin", "rebuild"], { env: { GATI_API_KEY: key } })).code).toBe(3);
  await machine.gati(["login", "--handle", operator.handle, "--password-stdin", "--admin"], {
    input: operator.password,
  });
  expect((await machine.gati(["admin", "rebuild", "users/nobody-at-all"])).code).toBe(4);
  const one = await machine.gati(["admin", "rebuild", `users/${handle}`, "--json"]);
  expect(one.json()).toEqual({ rebuilt: [{ namespace: `users/${handle}`, events: 1 }] });
  const all = await machine.gati(["admin", "rebuild"]);
  expect(all).toMatchObject({ code: 0 });
  expect(all.stdout).toMatch(/^Rebuilt \d+ namespaces? from 1 event\.\n$/);
  expect((await client.oci.getManifest(repository, "1.0.0")).digest).toBe(digest);
  expect((await machine.gati(["admin", "verify"])).code).toBe(0);
});
