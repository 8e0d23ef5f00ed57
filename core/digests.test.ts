import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestAlgorithm, digestBytes, digestHex, digestOf, isDigest, parseDigest, toHex } from "./digests.ts";
import { RegistryError, toOutcome, unwrap } from "./errors.ts";

describe("a digest", () => {
  it("has a known algorithm and lower-case hex of its length, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("sha256", "sha512", "sha384", "md5", "SHA256"),
        fc.stringMatching(/^[0-9a-fA-F]{62,66}$|^[0-9a-f]{64}$|^[0-9a-f]{128}$/),
        (algorithm, hex) => {
          const length = new Map([
            ["sha256", 64],
            ["sha512", 128],
          ]).get(algorithm);
          expect(isDigest(`${algorithm}:${hex}`)).toBe(hex.length === length && hex === hex.toLowerCase());
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    "",
    "sha256",
    "sha256:",
    `sha256:${"g".repeat(64)}`,
    ` sha256:${"0".repeat(64)}`,
    `sha256:${"0".repeat(64)}\n`,
  ])("%j is refused", (text) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "digest_invalid" }));
  });

  it("is taken apart into what it was made of", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
        const digest = digestOf("sha256", hash);
        expect([digestAlgorithm(digest), digestHex(digest)]).toEqual(["sha256", toHex(hash)]);
        expect(() => digestOf("sha512", hash)).toThrow(TypeError);
      }),
      { numRuns: 100 },
    );
  });

  it("of known bytes is the published one (FIPS 180-4, empty message and abc)", async () => {
    const abc = new TextEncoder().encode("abc");
    expect(await digestBytes("sha256", new Uint8Array(0))).toBe(
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(await digestBytes("sha256", abc)).toBe(
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(await digestBytes("sha512", abc)).toMatch(/^sha512:ddaf35a193617abacc417349ae204131.*2a9ac94fa54ca49f$/);
  });
});

describe("an error that crosses an object boundary", () => {
  it("comes out as it went in", async () => {
    const error = new RegistryError("version_exists", "taken", {
      details: { version: "1.0.0" },
      suggestions: ["Raise it."],
    });
    const outcome = await toOutcome(() => {
      throw error;
    });
    const thrown = (() => {
      try {
        return unwrap(structuredClone(outcome));
      } catch (caught) {
        return caught;
      }
    })();
    expect(thrown).toBeInstanceOf(RegistryError);
    expect(thrown).toMatchObject({
      code: "version_exists",
      message: "taken",
      details: { version: "1.0.0" },
      suggestions: ["Raise it."],
    });
  });

  it("passes values, and lets other errors through as they are", async () => {
    expect(unwrap(await toOutcome(() => 7))).toBe(7);
    await expect(toOutcome(() => Promise.reject(new TypeError("a bug")))).rejects.toThrow("a bug");
  });
});
