import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, it } from "vitest";
import { type Candidate, type Described, type ModuleCatalogue, solve } from "./solve.ts";

type World = Record<string, Record<string, Record<string, string>>>;

/** A catalogue out of `{name: {version: dependencies}}`. */
function catalogue(
  world: World,
  labels: Record<string, string> = {},
): ModuleCatalogue<Described> & { described: string[] } {
  const described: string[] = [];
  const of = (name: string): Record<string, Record<string, string>> => world[name] ?? {};
  return {
    described,
    versions: async (name) => Object.keys(of(name)).map((version) => ({ version, digest: `${name}@${version}` })),
    resolve: async (name, selector) => {
      const version = labels[`${name}@${selector}`] ?? null;
      return { version, digest: `${name}@${version}` };
    },
    describe: async (name, candidate: Candidate) => {
      described.push(candidate.digest);
      return { ...candidate, dependencies: of(name)[candidate.version ?? ""] ?? {} };
    },
  };
}

async function versions(
  roots: Record<string, string>,
  world: World,
  preferred?: Record<string, Candidate>,
  labels?: Record<string, string>,
): Promise<Record<string, string | null>> {
  const found = await solve(roots, catalogue(world, labels), preferred);
  return Object.fromEntries([...found].map(([name, { version }]) => [name, version]).toSorted());
}

describe("choosing versions", () => {
  it("takes the highest that is asked for, with all that it needs", async () => {
    const world: World = {
      "@a/app": { "1.0.0": {}, "1.2.0": { "@a/lib": "^1.0.0" }, "2.0.0": {} },
      "@a/lib": { "1.0.0": { "@a/base": "*" }, "1.9.0-rc.1": {} },
      "@a/base": { "0.1.0": {}, "3.0.0": {} },
    };
    expect(await versions({ "@a/app": "^1.0.0" }, world)).toEqual({
      "@a/app": "1.2.0",
      "@a/base": "3.0.0",
      "@a/lib": "1.0.0",
    });
  });

  it("finds the one version that two modules agree on, whoever is read first", async () => {
    const world: World = {
      "@a/x": { "1.0.0": { "@a/shared": ">=1.0.0" } },
      "@a/y": { "1.0.0": { "@a/z": "*" } },
      "@a/z": { "1.0.0": { "@a/shared": "<2.0.0" } },
      "@a/shared": { "1.4.0": {}, "2.1.0": {} },
    };
    expect(await versions({ "@a/x": "*", "@a/y": "*" }, world)).toMatchObject({ "@a/shared": "1.4.0" });
    expect(await versions({ "@a/y": "*", "@a/x": "*" }, world)).toMatchObject({ "@a/shared": "1.4.0" });
  });

  it("goes around a cycle once", async () => {
    const world: World = {
      "@a/x": { "1.0.0": { "@a/y": "^1.0.0" } },
      "@a/y": { "1.0.0": { "@a/x": "^1.0.0", "@a/y": "*" } },
    };
    const known = catalogue(world);
    await solve({ "@a/x": "*" }, known);
    expect(known.described.toSorted()).toEqual(["@a/x@1.0.0", "@a/y@1.0.0"]);
  });

  it("keeps what the lock has while it suits, and moves on when it does not", async () => {
    const world: World = { "@a/x": { "1.0.0": {}, "1.1.0": {}, "2.0.0": {} } };
    const locked = { "@a/x": { version: "1.0.0", digest: "@a/x@1.0.0" } };
    expect(await versions({ "@a/x": "^1.0.0" }, world, locked)).toEqual({ "@a/x": "1.0.0" });
    expect(await versions({ "@a/x": "^1.1.0" }, world, locked)).toEqual({ "@a/x": "1.1.0" });
    expect(await versions({ "@a/x": "^1.0.0" }, world, { "@a/x": { version: "1.0.5", digest: "withdrawn" } })).toEqual({
      "@a/x": "1.1.0",
    });
  });

  it("follows labels, also to content that is no version", async () => {
    const world: World = { "@a/x": { "1.0.0": {}, "2.0.0-beta.1": {} } };
    const labels = { "@a/x@next": "2.0.0-beta.1" };
    expect(await versions({ "@a/x": "next" }, world, undefined, labels)).toEqual({ "@a/x": "2.0.0-beta.1" });
    expect(await versions({ "@a/x": "nightly" }, world)).toEqual({ "@a/x": null });
  });

  it("names both sides of a conflict", async () => {
    const world: World = { "@a/x": { "1.0.0": { "@a/shared": "^1.0.0" } }, "@a/shared": { "1.0.0": {}, "2.0.0": {} } };
    await expect(versions({ "@a/x": "*", "@a/shared": "^2.0.0" }, world)).rejects.toMatchObject({
      code: "dependency_conflict",
      message:
        "No version of @a/shared suits everyone: gati.json needs ^2.0.0; @a/x@1.0.0 needs ^1.0.0 (published: 2.0.0, 1.0.0).",
    });
  });

  it("says what is published when a range meets nothing", async () => {
    await expect(versions({ "@a/x": "^9.0.0" }, { "@a/x": { "1.0.0": {} } })).rejects.toMatchObject({
      code: "version_unknown",
      message: "@a/x has no version that matches ^9.0.0 (published: 1.0.0).",
      suggestions: ["Take one that is there: gati module install @a/x@1.0.0"],
    });
  });

  it("gives a closed set in which every range is satisfied, or reports a conflict", async () => {
    const names = ["@a/p", "@a/q", "@a/r", "@a/s"];
    const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0");
    const ranges = fc.dictionary(
      fc.constantFrom(...names),
      fc.constantFrom("*", "^1.0.0", "^2.0.0", "1.0.0", ">=1.1.0"),
      { maxKeys: 3, noNullPrototype: true },
    );
    const world = fc.record(
      Object.fromEntries(
        names.map((name) => [name, fc.dictionary(version, ranges, { minKeys: 1, noNullPrototype: true })]),
      ),
    );
    await fc.assert(
      fc.asyncProperty(world, ranges, async (known, roots) => {
        const found = await solve(roots, catalogue(known as World)).catch((error: { code?: string }) => {
          expect(["dependency_conflict", "version_unknown"]).toContain(error.code);
          return undefined;
        });
        if (found === undefined) return;
        for (const wants of [roots, ...[...found.values()].map(({ dependencies }) => dependencies)]) {
          for (const [name, range] of Object.entries(wants))
            expect(semver.satisfies(found.get(name)?.version ?? "", range)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
