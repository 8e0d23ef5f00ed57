import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { Machine } from "../harness/cli.ts";
import { testOperator } from "../harness/registry-process.ts";
import { createClient } from "../../packages/sdk/src/index.ts";
import { onlyDescriptor, verifiedBlobs } from "./support/layout.ts";
import { newPerson, type Person } from "./support/person.ts";
import { exactCopy } from "./support/tools.ts";

const layout = inject("busyboxLayout");
const plain = "--dest-tls-verify=false";
let person: Person;
/** What `gati admin export` wrote, and the name of the image in it. */
let backup: string;
let name: string;
let digest: string;

beforeAll(async () => {
  person = await newPerson();
  const registry = inject("interopUrl");
  const credentials = ["--dest-creds", `${person.handle}:${person.key}`];
  const image = person.image("tool");
  await person.run("skopeo", ...exactCopy, plain, ...credentials, `oci:${layout}:1`, `docker://${image}:1.0.0`);
  await person.run("oras", "login", "--plain-http", "-u", person.handle, "-p", person.key, person.host);
  await person.run(
    ...(["oras", "attach", "--plain-http", "--artifact-type", "application/vnd.example.signature.v1"] as const),
    ...[`${image}:1.0.0`, "--annotation", "signed=yes"],
  );
  ({ digest } = await onlyDescriptor(layout));
  name = `users/${person.handle}/tool:1.0.0`;
  backup = join(person.home, "backup");
  const { token } = await createClient({ registry }).auth.signIn(testOperator);
  const machine = await Machine.create(registry);
  const exported = await machine.gati(["admin", "export", backup], { env: { GATI_API_KEY: token } });
  expect(exported.code, exported.stderr).toBe(0);
  await machine.remove();
});

describe("the folder of a backup is an OCI layout", () => {
  it("from which skopeo copies an image by repository and tag", async () => {
    const inspected = JSON.parse(await person.run("skopeo", "inspect", `oci:${backup}:${name}`));
    expect(inspected.Digest).toBe(digest);
    const copy = join(person.home, "copied-by-skopeo");
    await person.run("skopeo", ...exactCopy, `oci:${backup}:${name}`, `oci:${copy}:1`);
    expect(await verifiedBlobs(copy)).toEqual(await verifiedBlobs(layout));
  });

  it("from which oras fetches, pulls and discovers referrers by digest", async () => {
    const manifest = await person.run("oras", "manifest", "fetch", "--oci-layout", `${backup}@${digest}`);
    expect(JSON.parse(manifest)).toMatchObject({ schemaVersion: 2 });
    const found: { manifests: { artifactType: string }[] } = JSON.parse(
      await person.run("oras", "discover", "--oci-layout", "-o", "json", `${backup}@${digest}`),
    );
    expect(found.manifests.map(({ artifactType }) => artifactType)).toEqual(["application/vnd.example.signature.v1"]);
    const target = `${person.image("brought-back")}:1.0.0`;
    await person.run(
      ...(["oras", "cp", "-r", "--from-oci-layout", `${backup}@${digest}`, "--to-plain-http", target] as const),
    );
    const referrers = JSON.parse(await person.run("oras", "discover", "--plain-http", "-o", "json", target));
    expect(referrers.manifests).toHaveLength(1);
  });

  it("which crane pushes whole and finds valid", async () => {
    const target = `${person.image("everything")}:all`;
    await person.run("crane", "auth", "login", "-u", person.handle, "-p", person.key, person.host);
    await person.run("crane", "push", "--insecure", "--index", backup, target);
    const index: { manifests: { digest: string }[] } = JSON.parse(
      await person.run("crane", "manifest", "--insecure", target),
    );
    expect(index.manifests.map((one) => one.digest)).toContain(digest);
    const pulled = join(person.home, "pulled-by-crane");
    await mkdir(pulled);
    await person.run(
      "crane",
      "pull",
      "--insecure",
      "--format",
      "oci",
      `${person.image("everything")}@${digest}`,
      pulled,
    );
    expect(await verifiedBlobs(pulled)).toEqual(await verifiedBlobs(layout));
  });

  it("which umoci lists by the same names", async () => {
    const tags = (await person.run("umoci", "list", "--layout", backup)).split("\n");
    expect(tags).toContain(name);
    const listed: { manifests: { annotations?: Record<string, string> }[] } = JSON.parse(
      await readFile(join(backup, "index.json"), "utf8"),
    );
    const names = listed.manifests.flatMap(
      ({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] ?? [],
    );
    expect(tags.toSorted()).toEqual(names.toSorted());
  });
});
