import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { onlyDescriptor, readManifest } from "./support/layout.ts";
import { type Person, newPerson } from "./support/person.ts";

const layout = inject("busyboxLayout");
let person: Person;
let image: string;

beforeAll(async () => {
  person = await newPerson();
  image = person.image("busybox");
});

describe("crane", () => {
  it("cannot push before it is logged in", async () => {
    const result = await person.attempt("crane", "push", layout, `${image}:1.0.0`);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/UNAUTHORIZED|DENIED/);
  });

  it("pushes an image and finds it by tag and digest", async () => {
    await person.run("crane", "auth", "login", person.host, "-u", person.handle, "-p", person.key);
    const pushed = await person.run("crane", "push", layout, `${image}:1.0.0`);
    const { digest } = await onlyDescriptor(layout);
    expect(pushed).toBe(`${image}@${digest}`);
    expect(await person.run("crane", "digest", `${image}:1.0.0`)).toBe(digest);
    expect(JSON.parse(await person.run("crane", "manifest", `${image}@${digest}`))).toEqual(await readManifest(layout));
  });

  it("reads the config and a blob", async () => {
    const config: { author: string } = JSON.parse(await person.run("crane", "config", `${image}:1.0.0`));
    expect(config.author).toContain("interop");
    const { config: descriptor } = await readManifest(layout);
    expect(await person.run("crane", "blob", `${image}@${descriptor.digest}`)).toContain("interop");
  });

  it("exports the file system with the real busybox in it", async () => {
    const tar = join(person.home, "root.tar");
    await person.run("crane", "export", `${image}:1.0.0`, tar);
    expect((await readFile(tar)).includes(await readFile("/bin/busybox"))).toBe(true);
  });

  it("copies to another repository and tags", async () => {
    const copy = person.image("copied");
    await person.run("crane", "copy", `${image}:1.0.0`, `${copy}:1.0.0`);
    await person.run("crane", "tag", `${copy}:1.0.0`, "edge");
    expect((await person.run("crane", "ls", copy)).split("\n")).toEqual(expect.arrayContaining(["1.0.0", "edge"]));
    expect(await person.run("crane", "digest", `${copy}:edge`)).toBe((await onlyDescriptor(layout)).digest);
  });

  it("lists the catalog", async () => {
    const repositories = (await person.run("crane", "catalog", person.host)).split("\n");
    expect(repositories).toEqual(
      expect.arrayContaining([`users/${person.handle}/busybox`, `users/${person.handle}/copied`]),
    );
  });

  it("changes an image and pushes the result", async () => {
    const changed = `${person.image("changed")}:edge`;
    await person.run("crane", "mutate", `${image}:1.0.0`, "-t", changed, "--label", "interop=yes");
    const config: { config: { Labels: Record<string, string> } } = JSON.parse(
      await person.run("crane", "config", changed),
    );
    expect(config.config.Labels).toEqual({ interop: "yes" });
    await person.run("crane", "validate", "--remote", changed);
  });

  it("deletes by tag and by digest", async () => {
    const doomed = person.image("doomed");
    await person.run("crane", "copy", `${image}:1.0.0`, `${doomed}:edge`);
    await person.run("crane", "delete", `${doomed}:edge`);
    expect((await person.attempt("crane", "digest", `${doomed}:edge`)).code).not.toBe(0);
    await person.run("crane", "delete", `${doomed}@${(await onlyDescriptor(layout)).digest}`);
    expect(
      (await person.attempt("crane", "manifest", `${doomed}@${(await onlyDescriptor(layout)).digest}`)).code,
    ).not.toBe(0);
  });

  it("cannot read a version that was never pushed", async () => {
    const result = await person.attempt("crane", "manifest", `${image}:9.9.9`);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("MANIFEST_UNKNOWN");
  });
});
