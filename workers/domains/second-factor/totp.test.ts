import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settingsOf } from "../../env.ts";
import { isRecoveryCode, makeRecoveryCodes, recoveryCodeHash } from "./recovery-codes.ts";
import { isSealedByOldKey, seal, unseal } from "./seal.ts";
import { codeAt, makeTotpSecret, stepOfCode, totpForms } from "./totp.ts";

describe("codes of an authenticator app", () => {
  // RFC 6238, appendix B: the last six of the eight digits of its SHA-1 vectors.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("are those of RFC 6238 at %d s", (seconds, code) => {
    const secret = new TextEncoder().encode("12345678901234567890");
    expect(codeAt(secret, seconds * 1000)).toBe(code);
    expect(stepOfCode(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it("are good one step before and after their time, and say whose step they are", () => {
    const secret = makeTotpSecret();
    const now = 1_800_000_000_000;
    const step = now / 30_000;
    for (const [late, found] of [
      [-2, undefined],
      [-1, step - 1],
      [0, step],
      [1, step + 1],
      [2, undefined],
    ] as const) {
      const code = codeAt(secret, now + late * 30_000);
      // Two steps may have the same code by chance, once in a million.
      const twin = [-1, 0, 1].some((other) => other !== late && codeAt(secret, now + other * 30_000) === code);
      if (!twin) expect(stepOfCode(secret, code, now)).toBe(found);
    }
  });

  it("are nothing but six digits", () => {
    const secret = makeTotpSecret();
    const now = 1_800_000_000_000;
    const code = codeAt(secret, now);
    for (const text of ["", ` ${code}`, `${code} `, `0${code}`, code.slice(1), `${code}\n`, "١٢٣٤٥٦", "1e5000"]) {
      expect(stepOfCode(secret, text, now)).toBeUndefined();
    }
  });

  it("come from a secret that apps understand", () => {
    const { secret, uri } = totpForms(new TextEncoder().encode("12345678901234567890"), "registry.test", "ann");
    expect(secret).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    expect(uri).toBe(
      `otpauth://totp/registry.test:ann?issuer=registry.test&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    );
  });
});

describe("recovery codes", () => {
  it("are ten of eighty random bits, read with or without dashes, blanks and capitals", async () => {
    const { codes, hashes } = await makeRecoveryCodes("user");
    expect(new Set(codes).size).toBe(10);
    for (const [i, code] of codes.entries()) {
      expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
      expect(isRecoveryCode(code)).toBe(true);
      for (const text of [code, code.toUpperCase(), code.replaceAll("-", ""), ` ${code.replaceAll("-", " ")} `]) {
        expect(await recoveryCodeHash("user", text)).toBe(hashes[i]);
      }
      expect(await recoveryCodeHash("other", code)).not.toBe(hashes[i]);
    }
  });

  it("are never taken for a code of an app, nor the other way round", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 999_999 }), (n) => !isRecoveryCode(String(n).padStart(6, "0"))));
  });
});

describe("a sealed secret", () => {
  const settings = settingsOf(env);
  const bytes = new TextEncoder().encode("the secret of an app");

  it("opens for its label, and for no other", async () => {
    const text = await seal(settings, "totp a", bytes);
    expect(text).not.toContain(Buffer.from(bytes).toString("base64url"));
    expect(await unseal(settings, "totp a", text)).toEqual(bytes);
    await expect(unseal(settings, "totp b", text)).rejects.toMatchObject({ code: "unavailable" });
    expect(await seal(settings, "totp a", bytes)).not.toBe(text);
  });

  it("does not open when one letter of it is changed", async () => {
    const text = await seal(settings, "totp a", bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(..."Ab3.-"), async (at, letter) => {
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        const opened = await unseal(settings, "totp a", changed).catch(() => undefined);
        // The last letter of base64 has bits that mean nothing.
        if (opened) expect(opened).toEqual(bytes);
      }),
    );
  });

  it("opens by a key that was the registry's before, and says that it is time to seal it again", async () => {
    const text = await seal(settings, "totp a", bytes);
    const [old = ""] = settings.sealKeys;
    const rotated = { ...settings, sealKeys: ["a new secret of more than 32 characters", old] };
    expect(await unseal(rotated, "totp a", text)).toEqual(bytes);
    expect([await isSealedByOldKey(settings, text), await isSealedByOldKey(rotated, text)]).toEqual([false, true]);
    const stranger = { ...settings, sealKeys: ["another secret of more than 32 characters"] };
    await expect(unseal(stranger, "totp a", text)).rejects.toMatchObject({ code: "unavailable" });
  });
});
