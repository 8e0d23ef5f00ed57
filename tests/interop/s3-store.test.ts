import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { newAccount, Machine } from "../harness/cli.ts";
import { type RegistryProcess, spawnRegistry } from "../harness/registry-process.ts";
import { onlyDescriptor, verifiedBlobs } from "./support/layout.ts";
import { newPerson, type Person } from "./support/person.ts";
import { exactCopy } from "./support/tools.ts";
import { type S3Server, startVersitygw } from "./support/versitygw.ts";

const layout = inject("busyboxLayout");
const plain = "--plain-http";
const mebibyte = 1024 * 1024;

let folder: string;
let s3: S3Server;
let registry: RegistryProcess;
let person: Person;

/** The registry reaches the store by its address, clients by its name: they drop the registry's credential on the way. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gati-interop-s3-"));
  s3 = await startVersitygw(join(folder, "s3"));
  registry = await spawnRegistry({
    data: join(folder, "data"),
    env: {
      GATI_STORE: "s3",
      GATI_S3_ENDPOINT: `http://127.0.0.1:${s3.port}`,
      GATI_S3_PUBLIC_ENDPOINT: `http://localhost:${s3.port}`,
      GATI_S3_REGION: "us-east-1",
      GATI_S3_BUCKET: s3.bucket,
      GATI_S3_ACCESS_KEY_ID: s3.accessKeyId,
      GATI_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  });
  person = await newPerson(registry.url);
  await person.run("skopeo", "login", "--tls-verify=false", "-u", person.handle, "-p", person.key, person.host);
});
afterAll(async () => {
  await registry?.stop();
  await s3?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("a registry whose blobs are in an S3 server", () => {
  it("takes busybox from skopeo and gives the same bytes back, through the store's own address", async () => {
    const image = `docker://${person.image("busybox")}:1.35.0`;
    await person.run("skopeo", ...exactCopy, "--dest-tls-verify=false", `oci:${layout}:1`, image);
    const back = join(person.home, "back");
    await person.run("skopeo", ...exactCopy, "--src-tls-verify=false", image, `oci:${back}:1`);
    expect((await onlyDescriptor(back)).digest).toBe((await onlyDescriptor(layout)).digest);
    expect(await verifiedBlobs(back)).toEqual(await verifiedBlobs(layout));
    const manifest = await fetch(`${registry.url}/v2/users/${person.handle}/busybox/manifests/1.35.0`);
    const { layers }: { layers: { digest: string }[] } = JSON.parse(await manifest.text());
    const blob = `${registry.url}/v2/users/${person.handle}/busybox/blobs/${layers[0]?.digest}`;
    const answer = await fetch(blob, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      307,
      expect.stringMatching(`^http://localhost:${s3.port}/`),
    ]);
  });

  it("serves crane and oras", async () => {
    await person.run("crane", "validate", "--insecure", "--remote", `${person.image("busybox")}:1.35.0`);
    await writeFile(join(person.home, "big.bin"), randomBytes(20 * mebibyte));
    await person.run("oras", "push", plain, `${person.image("files")}:1.0.0`, "big.bin:application/octet-stream");
    const pulled = join(person.home, "pulled");
    await person.run("oras", "pull", plain, "-o", pulled, `${person.image("files")}:1.0.0`);
    expect(Buffer.compare(await readFile(join(pulled, "big.bin")), await readFile(join(person.home, "big.bin")))).toBe(
      0,
    );
  });

  it("takes a large module from gati in parts, and gives it to curl under its name", async () => {
    const machine = await Machine.create(registry.url);
    try {
      const account = await newAccount(registry.url);
      const binary = randomBytes(40 * mebibyte);
      await machine.files("tool", {
        "gati-module.json": {
          name: "tool",
          version: "1.0.0",
          gati: { type: "module-binary" },
          config: { binaryFile: "tool.bin" },
        },
        "tool.bin": binary,
      });
      const env = { GATI_API_KEY: account.key };
      const published = await machine.gati(["module", "publish"], { cwd: machine.path("tool"), env });
      expect(published, published.stderr).toMatchObject({ code: 0 });
      const path = `/api/v1/artifacts/users/${account.handle}/tool/versions/1.0.0/download`;
      const download = await fetch(new URL(path, registry.url));
      expect(new URL(download.url).origin).toBe(`http://localhost:${s3.port}`);
      expect(download.headers.get("content-disposition")).toMatch(/^attachment; filename="tool/);
      expect(Buffer.compare(Buffer.from(await download.arrayBuffer()), binary)).toBe(0);
    } finally {
      await machine.remove();
    }
  });
});
