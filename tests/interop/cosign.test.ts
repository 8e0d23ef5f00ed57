import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { onlyDescriptor } from "./support/layout.ts";
import { type Person, newPerson } from "./support/person.ts";

const layout = inject("busyboxLayout");
/** Keys only: no transparency log, certificate authority or other service outside is asked. */
const offline = ["--tlog-upload=false", "--use-signing-config=false"];
const offlineVerify = ["--insecure-ignore-tlog=true", "--private-infrastructure=true"];
let person: Person;

beforeAll(async () => {
  person = await newPerson();
  await person.run("crane", "auth", "login", person.host, "-u", person.handle, "-p", person.key);
  await person.run("cosign", "generate-key-pair");
});

async function push(name: string): Promise<string> {
  const image = person.image(name);
  await person.run("crane", "push", layout, `${image}:1.0.0`);
  return `${image}@${(await onlyDescriptor(layout)).digest}`;
}

describe("cosign", () => {
  it("signs and verifies with a signature tag", async () => {
    const image = await push("classic");
    await person.run("cosign", "sign", "--yes", "--key", "cosign.key", "--new-bundle-format=false", ...offline, image);
    const verified = await person.run(
      ...(["cosign", "verify", "--key", "cosign.pub", "--new-bundle-format=false", ...offlineVerify, image] as const),
    );
    expect(verified).toContain((await onlyDescriptor(layout)).digest);
    const tags = await person.run("crane", "ls", person.image("classic"));
    expect(tags).toMatch(/^sha256-[0-9a-f]{64}\.sig$/m);
  });

  it("signs and verifies with a bundle that refers to the image", async () => {
    const image = await push("bundle");
    await person.run("cosign", "sign", "--yes", "--key", "cosign.key", "--new-bundle-format=true", ...offline, image);
    const verified = await person.run(
      ...(["cosign", "verify", "--key", "cosign.pub", "--new-bundle-format=true", ...offlineVerify, image] as const),
    );
    expect(verified).toContain((await onlyDescriptor(layout)).digest);
    const referrers: { manifests: { artifactType: string }[] } = JSON.parse(
      await person.run("oras", "discover", "--plain-http", "-o", "json", image),
    );
    expect(referrers.manifests[0]?.artifactType).toContain("sigstore.bundle");
  });

  it("attests and verifies the attestation", async () => {
    const image = await push("attested");
    await writeFile(join(person.home, "predicate.json"), '{"checked":true}');
    const predicate = ["--predicate", "predicate.json", "--type", "https://example.com/check/v1"];
    await person.run("cosign", "attest", "--yes", "--key", "cosign.key", ...predicate, ...offline, image);
    const verify = ["--key", "cosign.pub", "--type", "https://example.com/check/v1", ...offlineVerify];
    expect(await person.run("cosign", "verify-attestation", ...verify, image)).toContain("payload");
  });

  it("does not verify with another key", async () => {
    const other = await newPerson();
    await other.run("cosign", "generate-key-pair");
    const image = `${person.image("bundle")}:1.0.0`;
    const result = await other.attempt("cosign", "verify", "--key", "cosign.pub", ...offlineVerify, image);
    expect(result.code).not.toBe(0);
  });

  it("copies an image with its signatures", async () => {
    const copy = person.image("copied");
    await person.run("cosign", "copy", `${person.image("classic")}:1.0.0`, `${copy}:1.0.0`);
    expect(await person.run("cosign", "tree", `${copy}:1.0.0`)).toContain("Signatures");
  });
});
