import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isApiKey } from "./api-key-format.ts";
import { isSecret, makeSecret, secretHash, type SecretKind, secretPrefixes } from "./secret-text.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const kinds = Object.keys(secretPrefixes) as SecretKind[];

it.each(kinds)("a %s has the published form and its own checksum, and is of no other kind", (kind) => {
  for (let i = 0; i < 100; i++) {
    const secret = makeSecret(kind);
    expect(secret).toMatch(/^gati_[a-z]{2}_[0-9A-Za-z]{49}$/);
    const checksum = [...secret.slice(-6)].reduce((sum, letter) => sum * 62 + alphabet.indexOf(letter), 0);
    expect(checksum).toBe(crc32(secret.slice(8, 51)));
    expect(kinds.filter((one) => isSecret(one, secret))).toEqual([kind]);
    // None works where a key does: not as a bearer token, not as a password.
    expect(isApiKey(secret)).toBe(false);
  }
});

it("no two are equal, and every character turns up everywhere", () => {
  const secrets = Array.from({ length: 3000 }, () => makeSecret("refresh-token"));
  expect(new Set(secrets).size).toBe(secrets.length);
  for (let at = 8; at < 51; at++) expect(new Set(secrets.map((one) => one[at])).size).toBe(62);
});

it("one wrong character is noticed without a look-up", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.nat(56),
      fc.constantFrom(...alphabet, "_", "-", " ", "\n"),
      (kind, at, letter) => {
        const secret = makeSecret(kind);
        const changed = secret.slice(0, at) + letter + secret.slice(at + 1);
        expect(isSecret(kind, changed)).toBe(changed === secret);
      },
    ),
    { numRuns: 300 },
  );
});

it("is known by its SHA-256", async () => {
  expect(await secretHash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
