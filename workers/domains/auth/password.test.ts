import { describe, expect, it } from "vitest";
import { assertAcceptablePassword, hashPassword, verifyPassword } from "./password.ts";

describe("a stored password", () => {
  it("names its parameters, has a salt of its own and verifies only itself", async () => {
    const [one, two] = [await hashPassword("correct horse"), await hashPassword("correct horse")];
    expect(one).toMatch(/^scrypt\$32768\$8\$3\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword("correct horse", one)).toBe(true);
    expect(await verifyPassword("correct horse", two)).toBe(true);
    expect(await verifyPassword("Correct horse", one)).toBe(false);
    expect(await verifyPassword("", one)).toBe(false);
  });

  it("is the same in either Unicode form", async () => {
    expect(await verifyPassword("a\u0308 long one", await hashPassword("\u00e4 long one"))).toBe(true);
  });

  it("with weaker parameters of an earlier time still verifies", async () => {
    const { scryptSync } = await import("node:crypto");
    const salt = Buffer.from("0123456789abcdef");
    const key = scryptSync("old password", salt, 32, { N: 1024, r: 8, p: 1 });
    const stored = ["scrypt", 1024, 8, 1, salt.toString("base64"), key.toString("base64")].join("$");
    expect(await verifyPassword("old password", stored)).toBe(true);
    expect(await verifyPassword("other password", stored)).toBe(false);
  });

  it("that is missing is wrong for every password", async () => {
    expect(await verifyPassword("anything", undefined)).toBe(false);
    expect(await verifyPassword("", "")).toBe(false);
  });
});

describe("an acceptable password", () => {
  it.each([10, 11, 512])("may have %i characters", (length) => {
    expect(() => assertAcceptablePassword("x".repeat(length))).not.toThrow();
  });
  it.each([0, 9, 513])("may not have %i", (length) => {
    expect(() => assertAcceptablePassword("x".repeat(length))).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
