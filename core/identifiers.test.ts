import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assertClaimable,
  isArtifactName,
  isHandle,
  isRepository,
  parseHandle,
  parseNamespacePath,
  parseRepository,
} from "./identifiers.ts";

const refused = (code: string) => expect.objectContaining({ code });

describe("a handle", () => {
  it.each(["a", "0", "a-b", "a1-2-c3", "a".repeat(39), "admin"])("%s is one", (text) => {
    expect(parseHandle(text)).toBe(text);
  });

  it.each(["", "-", "-a", "a-", "a--b", "A", "a_b", "a.b", "a/b", " a", "a\n", "ä", "a".repeat(40)])(
    "%j is none",
    (text) => {
      expect(() => parseHandle(text)).toThrow(refused("name_invalid"));
    },
  );

  it("that would be confused with a route or a role cannot be claimed", () => {
    for (const text of ["admin", "users", "orgs", "v2", "api", "gati", "latest"]) {
      expect(() => assertClaimable(parseHandle(text))).toThrow(refused("name_taken"));
    }
    expect(() => assertClaimable(parseHandle("krishna"))).not.toThrow();
  });
});

describe("an artifact name", () => {
  it.each(["a", "a.b", "a_b", "a__b", "a-b", "a---b", "0", "a".repeat(128)])("%s is one", (text) => {
    expect(isArtifactName(text)).toBe(true);
  });

  it.each(["", ".", "..", "a..b", "a___b", "-a", "a-", "_a", "a.", "A", "a/b", "a b", "a".repeat(129), "ä", "%2e"])(
    "%j is none",
    (text) => {
      expect(isArtifactName(text)).toBe(false);
    },
  );

  it("is always an OCI path component and a legal npm name, and never climbs out of a folder", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._-]{1,20}$/), (text) => {
        if (!isArtifactName(text)) return;
        expect(text).toMatch(/^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/);
        expect(encodeURIComponent(text)).toBe(text);
        expect(text).not.toContain("..");
      }),
      { numRuns: 1000 },
    );
  });

  it("is judged in no time, however malicious", () => {
    const started = performance.now();
    for (const text of [`${"a-".repeat(50_000)}!`, `${"a".repeat(100_000)}!`, "-".repeat(100_000)]) {
      expect([isArtifactName(text), isHandle(text)]).toEqual([false, false]);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("a repository", () => {
  it("is taken apart and put together again", () => {
    const handle = fc.stringMatching(/^[a-z0-9]{1,10}$/);
    const name = fc.stringMatching(/^[a-z0-9]{1,10}(-[a-z0-9]{1,5})?$/);
    fc.assert(
      fc.property(fc.constantFrom("users", "orgs"), handle, name, (kind, owner, artifact) => {
        const text = `${kind}/${owner}/${artifact}`;
        expect(parseRepository(text)).toEqual({
          kind,
          handle: owner,
          name: artifact,
          namespace: `${kind}/${owner}`,
          repository: text,
        });
        expect(isRepository(text)).toBe(true);
        expect(parseNamespacePath(`${kind}/${owner}`)).toEqual({ kind, handle: owner, namespace: `${kind}/${owner}` });
      }),
      { numRuns: 200 },
    );
  });

  it("anything is either parsed or refused, and both ways of asking agree", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(fc.constantFrom("users", "orgs", "a", "", "..", "A"), { maxLength: 5 })
            .map((parts) => parts.join("/")),
        ),
        (text) => {
          if (isRepository(text)) expect(parseRepository(text).repository).toBe(text);
          else expect(() => parseRepository(text)).toThrow(refused("name_invalid"));
        },
      ),
      { numRuns: 500 },
    );
  });
});
