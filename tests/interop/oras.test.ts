import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Person, newPerson } from "./support/person.ts";

const http = "--plain-http";
let person: Person;

beforeAll(async () => {
  person = await newPerson();
  await writeFile(join(person.home, "notes.txt"), "what is new\n");
  await writeFile(join(person.home, "sbom.json"), '{"bomFormat":"CycloneDX"}');
  await writeFile(join(person.home, "report.json"), '{"findings":[]}');
});

describe("oras login", () => {
  it("refuses a wrong password", async () => {
    const result = await person.attempt("oras", "login", http, "-u", person.handle, "-p", "wrong", person.host);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/unauthorized|401/i);
  });

  it("takes an API key and logs out", async () => {
    const login = await person.attempt("oras", "login", http, "-u", person.handle, "-p", person.key, person.host);
    expect(login.stdout + login.stderr).toContain("Login Succeeded");
    await person.run("oras", "logout", person.host);
  });
});

describe("oras with a login", () => {
  const type = "application/vnd.example.notes.v1";
  let artifact: string;

  beforeAll(async () => {
    artifact = person.image("notes");
    await person.run("oras", "login", http, "-u", person.handle, "-p", person.key, person.host);
    await person.run("oras", "push", http, "--artifact-type", type, `${artifact}:1.0.0`, "notes.txt:text/plain");
  });

  it("pulls the file it pushed", async () => {
    const folder = join(person.home, "pulled");
    await mkdir(folder);
    await person.run("oras", "pull", http, "-o", folder, `${artifact}:1.0.0`);
    expect(await readFile(join(folder, "notes.txt"), "utf8")).toBe("what is new\n");
  });

  it("attaches referrers and discovers them, all or of one type", async () => {
    const attach = ["attach", http, "--artifact-type"];
    await person.run(
      "oras",
      ...attach,
      "application/vnd.cyclonedx+json",
      `${artifact}:1.0.0`,
      "sbom.json:application/json",
    );
    await person.run(
      "oras",
      ...attach,
      "application/vnd.example.report.v1",
      `${artifact}:1.0.0`,
      "report.json:application/json",
    );
    const discover = ["discover", http, "-o", "json"];
    const all: { manifests: { artifactType: string }[] } = JSON.parse(
      await person.run("oras", ...discover, `${artifact}:1.0.0`),
    );
    expect(all.manifests.map((one) => one.artifactType).toSorted()).toEqual([
      "application/vnd.cyclonedx+json",
      "application/vnd.example.report.v1",
    ]);
    const filter = ["--artifact-type", "application/vnd.cyclonedx+json"];
    const some: typeof all = JSON.parse(await person.run("oras", ...discover, ...filter, `${artifact}:1.0.0`));
    expect(some.manifests).toHaveLength(1);
  });

  it("pulls an attached file by the referrer's digest", async () => {
    const tree: { manifests: { digest: string }[] } = JSON.parse(
      await person.run(
        "oras",
        "discover",
        http,
        "-o",
        "json",
        "--artifact-type",
        "application/vnd.cyclonedx+json",
        `${artifact}:1.0.0`,
      ),
    );
    const folder = join(person.home, "attached");
    await mkdir(folder);
    await person.run("oras", "pull", http, "-o", folder, `${artifact}@${tree.manifests[0]?.digest}`);
    expect(await readFile(join(folder, "sbom.json"), "utf8")).toContain("CycloneDX");
  });

  it("tags, lists tags and repositories", async () => {
    await person.run("oras", "tag", http, `${artifact}:1.0.0`, "stable", "candidate");
    const tags = (await person.run("oras", "repo", "tags", http, artifact)).split("\n");
    expect(tags).toEqual(expect.arrayContaining(["1.0.0", "candidate", "stable"]));
    const repositories = await person.run("oras", "repo", "ls", http, `${person.host}/users/${person.handle}/`);
    expect(repositories.split("\n")).toContain("notes");
  });

  it("fetches and pushes single blobs and manifests", async () => {
    const blob = await person.run("oras", "blob", "push", http, "--descriptor", artifact, "notes.txt");
    const { digest, size }: { digest: string; size: number } = JSON.parse(blob);
    expect(size).toBe(12);
    expect(await person.run("oras", "blob", "fetch", http, "-o", "-", `${artifact}@${digest}`)).toBe("what is new");
    const manifest = await person.run("oras", "manifest", "fetch", http, `${artifact}:1.0.0`);
    expect(JSON.parse(manifest)).toMatchObject({ artifactType: type });
  });

  it("copies with referrers and deletes", async () => {
    const copy = `${person.image("copied-notes")}:edge`;
    await person.run("oras", "cp", "-r", "--from-plain-http", "--to-plain-http", `${artifact}:1.0.0`, copy);
    const found: { manifests: unknown[] } = JSON.parse(await person.run("oras", "discover", http, "-o", "json", copy));
    expect(found.manifests.length).toBeGreaterThan(0);
    await person.run("oras", "manifest", "delete", http, "--force", copy);
    expect((await person.attempt("oras", "manifest", "fetch", http, copy)).code).not.toBe(0);
  });
});
