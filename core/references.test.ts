import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RegistryError } from "./errors.ts";
import { isTag, parseArtifactReference, parseManifestReference } from "./references.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("what a person writes to name an artifact", () => {
  it.each([
    ["krishna/user-auth", { handle: "krishna", name: "user-auth" }],
    ["@krishna/user-auth", { handle: "krishna", name: "user-auth" }],
    ["@krishna/user-auth@2.1.0", { handle: "krishna", name: "user-auth", selector: "2.1.0" }],
    ["@krishna/user-auth@^2", { handle: "krishna", name: "user-auth", selector: "^2" }],
    ["krishna/user-auth@>=1 <2", { handle: "krishna", name: "user-auth", selector: ">=1 <2" }],
    ["krishna/user-auth:edge", { handle: "krishna", name: "user-auth", selector: "edge" }],
    [`krishna/user-auth@${digest}`, { handle: "krishna", name: "user-auth", selector: digest }],
    ["users/krishna/user-auth", { kind: "users", handle: "krishna", name: "user-auth" }],
    ["orgs/acme/tool:1.0.0", { kind: "orgs", handle: "acme", name: "tool", selector: "1.0.0" }],
    [
      "gati.dev/users/krishna/user-auth:2.1.0",
      { kind: "users", handle: "krishna", name: "user-auth", selector: "2.1.0" },
    ],
    ["localhost:8080/orgs/acme/tool", { kind: "orgs", handle: "acme", name: "tool" }],
    [`127.0.0.1:8080/orgs/acme/tool@${digest}`, { kind: "orgs", handle: "acme", name: "tool", selector: digest }],
    ["  krishna/user-auth  ", { handle: "krishna", name: "user-auth" }],
  ])("%s", (text, expected) => {
    expect(parseArtifactReference(text)).toEqual(expected);
  });

  it.each([
    "",
    "x",
    "@",
    "/",
    "a/b/c",

    "a/b@",
    "a/b:",
    "A/b",
    "a/B",
    "a/../b",
    "gati.dev/a/b/c",
    "users/a/b/c",
  ])("%j names none", (text) => {
    expect(() => parseArtifactReference(text)).toThrow(expect.objectContaining({ code: "name_invalid" }));
  });

  it("never ends otherwise than parsed or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z@:./^~-]{0,30}$/)), (text) => {
        try {
          const { handle, name } = parseArtifactReference(text);
          expect(`${handle}/${name}`).toMatch(/^[a-z0-9-]+\/[a-z0-9._-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the last part of a manifest's address", () => {
  it("is a digest or a tag", () => {
    expect(parseManifestReference(digest)).toEqual({ digest });
    expect(parseManifestReference("v1.0_x-y")).toEqual({ tag: "v1.0_x-y" });
    expect(() => parseManifestReference("sha256:abc")).toThrow(expect.objectContaining({ code: "digest_invalid" }));
    expect(() => parseManifestReference(".x")).toThrow(expect.objectContaining({ code: "manifest_invalid" }));
  });

  it.each(["a", "_", "A.b-c_1", "9", "a".repeat(128)])("%s is a tag", (text) => expect(isTag(text)).toBe(true));
  it.each(["", ".a", "-a", "a b", "a/b", "a:b", "a".repeat(129), "ä", "a\n"])("%j is no tag", (text) =>
    expect(isTag(text)).toBe(false),
  );
});
