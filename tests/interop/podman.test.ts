import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { onlyDescriptor } from "./support/layout.ts";
import { type Person, newPerson } from "./support/person.ts";
import { type ToolRun, exactCopy } from "./support/tools.ts";

const layout = inject("busyboxLayout");
let person: Person;

/** podman with storage of its own that needs no kernel support: plain copies of files. */
function podman(...args: string[]): Promise<ToolRun> {
  const storage = [
    "--root",
    join(person.home, "root"),
    "--runroot",
    join(person.home, "run"),
    "--storage-driver",
    "vfs",
  ];
  return person.attempt("podman", ...storage, "--cgroup-manager", "cgroupfs", "--events-backend", "file", ...args);
}

async function mustRun(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await podman(...args);
  expect(stderr, `podman ${args.join(" ")}`).not.toMatch(/^Error/m);
  expect(code, stderr).toBe(0);
  return stdout.trim();
}

beforeAll(async () => {
  person = await newPerson();
});

describe("podman", () => {
  it("refuses a wrong password and takes an API key", async () => {
    const wrong = await podman("login", "--tls-verify=false", "-u", person.handle, "-p", "wrong", person.host);
    expect(wrong.code).not.toBe(0);
    await mustRun("login", "--tls-verify=false", "-u", person.handle, "-p", person.key, person.host);
  });

  it("pushes busybox and pulls the same image", async () => {
    const image = `${person.image("busybox")}:1.35.0`;
    const archive = join(person.home, "busybox.tar");
    await person.run("skopeo", "copy", `oci:${layout}:1`, `oci-archive:${archive}:1`);
    const id = (await mustRun("pull", `oci-archive:${archive}`)).split("\n").at(-1) ?? "";
    await mustRun("push", "--tls-verify=false", "--format", "oci", id, `docker://${image}`);
    await mustRun("rmi", "--force", id);
    await mustRun("pull", "--tls-verify=false", image);
    expect(await mustRun("image", "inspect", "--format", "{{.Id}}", image)).toBe(id);
  });

  it("pulls by digest", async () => {
    const { digest } = await onlyDescriptor(layout);
    await person.run(
      "skopeo",
      ...exactCopy,
      "--dest-tls-verify=false",
      `oci:${layout}:1`,
      `docker://${person.image("exact")}:edge`,
    );
    await mustRun("pull", "--tls-verify=false", `${person.image("exact")}@${digest}`);
  });

  it("builds on an image of the registry and pushes the result", async () => {
    const base = `${person.image("exact")}:edge`;
    await writeFile(join(person.home, "Containerfile"), `FROM ${base}\nLABEL interop=yes\nCOPY Containerfile /\n`);
    const built = `${person.image("built")}:edge`;
    await mustRun(
      "build",
      "--tls-verify=false",
      "--isolation",
      "chroot",
      "-t",
      built,
      "-f",
      "Containerfile",
      person.home,
    );
    await mustRun("push", "--tls-verify=false", built);
    const inspected: { Labels: Record<string, string> } = JSON.parse(
      await person.run("skopeo", "inspect", "--tls-verify=false", `docker://${built}`),
    );
    expect(inspected.Labels).toMatchObject({ interop: "yes" });
  });

  it("logs out", async () => {
    await mustRun("logout", person.host);
  });
});
