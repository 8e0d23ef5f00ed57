import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { writeIndexLayout } from "./support/image-index.ts";
import { onlyDescriptor } from "./support/layout.ts";
import { type Person, newPerson } from "./support/person.ts";
import { exactCopy } from "./support/tools.ts";

const layout = inject("busyboxLayout");
let person: Person;
let indexLayout: string;
let indexDigest: string;

beforeAll(async () => {
  person = await newPerson();
  indexLayout = join(person.home, "index");
  indexDigest = await writeIndexLayout(layout, indexLayout);
  await person.run("skopeo", "login", "--tls-verify=false", "-u", person.handle, "-p", person.key, person.host);
});

describe("a multi-platform image", () => {
  it("is pushed and pulled whole by skopeo", async () => {
    const image = `docker://${person.image("multi")}:1.0.0`;
    await person.run("skopeo", ...exactCopy, "--all", "--dest-tls-verify=false", `oci:${indexLayout}:multi`, image);
    expect(JSON.parse(await person.run("skopeo", "inspect", "--raw", "--tls-verify=false", image))).toMatchObject({
      manifests: [{ platform: { architecture: "amd64" } }, { platform: { architecture: "arm64" } }],
    });
    const back = join(person.home, "back");
    await person.run("skopeo", ...exactCopy, "--all", "--src-tls-verify=false", image, `oci:${back}:multi`);
    expect((await onlyDescriptor(back)).digest).toBe(indexDigest);
  });

  it("is copied whole by crane, which then finds one platform", async () => {
    const image = `${person.image("crane-multi")}:edge`;
    await person.run("crane", "copy", `${person.image("multi")}:1.0.0`, image);
    expect(await person.run("crane", "digest", image)).toBe(indexDigest);
    const platform = await person.run("crane", "digest", "--platform", "linux/arm64", image);
    expect(platform).toBe((await onlyDescriptor(layout)).digest);
  });

  it("is put together by crane from images in the registry", async () => {
    const image = `${person.image("crane-built")}:edge`;
    await person.run("crane", "index", "append", "-m", `${person.image("multi")}@${indexDigest}`, "-t", image);
    const index: { manifests: { digest: string }[] } = JSON.parse(await person.run("crane", "manifest", image));
    const { digest } = await onlyDescriptor(layout);
    expect(index.manifests.map((manifest) => manifest.digest)).toEqual([digest, digest]);
  });

  it("is copied whole by oras", async () => {
    const from = `${person.image("oras-multi")}:edge`;
    await person.run("oras", "cp", "--from-oci-layout", "--to-plain-http", `${indexLayout}:multi`, from);
    expect(await person.run("oras", "resolve", "--plain-http", from)).toBe(indexDigest);
  });
});
