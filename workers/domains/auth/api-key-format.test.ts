import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { generateApiKey, isApiKey } from "./api-key-format.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

it("keys have the published form and their own checksum", () => {
  for (let i = 0; i < 200; i++) {
    const key = generateApiKey();
    expect(key).toMatch(/^gati_[0-9A-Za-z]{36}$/);
    const checksum = [...key.slice(-6)].reduce((sum, letter) => sum * 62 + alphabet.indexOf(letter), 0);
    expect(checksum).toBe(crc32(key.slice(5, 35)));
    expect(isApiKey(key)).toBe(true);
  }
});

it("no two keys are equal, and every character turns up everywhere", () => {
  const keys = Array.from({ length: 3000 }, generateApiKey);
  expect(new Set(keys).size).toBe(keys.length);
  for (let at = 5; at < 35; at++) expect(new Set(keys.map((key) => key[at])).size).toBe(62);
});

it("one wrong character is noticed without a look-up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 40 }), fc.constantFrom(...alphabet), (at, letter) => {
      const key = generateApiKey();
      const changed = key.slice(0, at) + letter + key.slice(at + 1);
      expect(isApiKey(changed)).toBe(changed === key);
    }),
    { numRuns: 300 },
  );
});

it("two neighbours that trade places are noticed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 39 }), (at) => {
      const key = generateApiKey();
      const swapped = key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2);
      expect(isApiKey(swapped)).toBe(swapped === key);
    }),
    { numRuns: 100 },
  );
});

it.each([
  "",
  "gati_",
  "gati_short",
  `gati_${"a".repeat(37)}`,
  `GATI_${"a".repeat(36)}`,
  ` ${generateApiKey()}`,
  `${generateApiKey()}\n`,
])("%j is no key", (text) => {
  expect(isApiKey(text)).toBe(false);
});
