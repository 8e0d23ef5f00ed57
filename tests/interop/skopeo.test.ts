import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { onlyDescriptor, verifiedBlobs } from "./support/layout.ts";
import { type Person, newPerson } from "./support/person.ts";
import { exactCopy } from "./support/tools.ts";

const layout = inject("busyboxLayout");
const plain = "--dest-tls-verify=false";
const plainSource = "--src-tls-verify=false";
let person: Person;

beforeAll(async () => {
  person = await newPerson();
});

describe("skopeo login", () => {
  it("refuses a wrong password", async () => {
    const result = await person.attempt(
      "skopeo",
      "login",
      "--tls-verify=false",
      "-u",
      person.handle,
      "-p",
      "wrong",
      person.host,
    );
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/invalid username\/password|unauthorized/i);
  });

  it("takes a password, an API key, and logs out", async () => {
    for (const secret of [person.password, person.key]) {
      const login = await person.run(
        "skopeo",
        "login",
        "--tls-verify=false",
        "-u",
        person.handle,
        "-p",
        secret,
        person.host,
      );
      expect(login).toContain("Login Succeeded");
    }
    expect(await person.run("skopeo", "logout", person.host)).toContain("Removed login credentials");
  });
});

describe("skopeo with a login", () => {
  beforeAll(async () => {
    await person.run("skopeo", "login", "--tls-verify=false", "-u", person.handle, "-p", person.key, person.host);
  });

  it("pushes busybox and pulls the same bytes", async () => {
    const image = `docker://${person.image("busybox")}`;
    await person.run("skopeo", ...exactCopy, plain, `oci:${layout}:1`, `${image}:1.35.0`);
    const back = join(person.home, "back");
    await person.run("skopeo", ...exactCopy, plainSource, `${image}:1.35.0`, `oci:${back}:1`);
    expect((await onlyDescriptor(back)).digest).toBe((await onlyDescriptor(layout)).digest);
    expect(await verifiedBlobs(back)).toEqual(await verifiedBlobs(layout));
  });

  it("inspects what it pushed", async () => {
    const image = `docker://${person.image("busybox")}:1.35.0`;
    const inspected: { Digest: string; Os: string } = JSON.parse(
      await person.run("skopeo", "inspect", "--tls-verify=false", image),
    );
    expect(inspected).toMatchObject({ Digest: (await onlyDescriptor(layout)).digest, Os: "linux" });
    expect(await person.run("skopeo", "inspect", "--raw", "--tls-verify=false", image)).toContain('"schemaVersion"');
  });

  it("lists tags", async () => {
    const image = `docker://${person.image("tagged")}`;
    for (const tag of ["edge", "1.0.0", "1.1.0"])
      await person.run("skopeo", ...exactCopy, plain, `oci:${layout}:1`, `${image}:${tag}`);
    const { Tags: tags }: { Tags: string[] } = JSON.parse(
      await person.run("skopeo", "list-tags", "--tls-verify=false", image),
    );
    expect(tags).toEqual(expect.arrayContaining(["edge", "1.0.0", "1.1.0"]));
  });

  it("copies inside the registry by mounting, and Docker's own format", async () => {
    const source = `docker://${person.image("busybox")}:1.35.0`;
    const target = `docker://${person.image("docker-format")}:edge`;
    await person.run("skopeo", "copy", plainSource, plain, "--format", "v2s2", source, target);
    const raw: { mediaType: string } = JSON.parse(
      await person.run("skopeo", "inspect", "--raw", "--tls-verify=false", target),
    );
    expect(raw.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
  });

  it("deletes an image", async () => {
    const image = `docker://${person.image("doomed")}:edge`;
    await person.run("skopeo", ...exactCopy, plain, `oci:${layout}:1`, image);
    await person.run("skopeo", "delete", "--tls-verify=false", image);
    const result = await person.attempt("skopeo", "inspect", "--tls-verify=false", image);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/manifest unknown|not found/i);
  });

  it("does not push into somebody else's namespace", async () => {
    const other = await newPerson();
    const result = await person.attempt(
      "skopeo",
      ...exactCopy,
      plain,
      `oci:${layout}:1`,
      `docker://${other.image("busybox")}:1`,
    );
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/denied|unauthorized|authentication required/i);
  });
});

describe("skopeo without a login", () => {
  it("pulls what is public and does not push", async () => {
    const stranger = await newPerson();
    const image = `docker://${person.image("busybox")}:1.35.0`;
    await stranger.run("skopeo", ...exactCopy, plainSource, image, `oci:${join(stranger.home, "pulled")}:1`);
    const result = await stranger.attempt("skopeo", ...exactCopy, plain, `oci:${layout}:1`, image);
    expect(result.code).not.toBe(0);
  });
});
