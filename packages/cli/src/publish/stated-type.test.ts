import { describe, expect, it } from "vitest";
import type { JsonObject } from "../sdk.ts";
import { statedCategory } from "./stated-type.ts";

describe("what a manifest says about its kind", () => {
  it.each<[string, JsonObject]>([
    ["gati.type with a slip", { gati: { type: "biniary" } }],
    ["a type with a slip", { type: "module-wasn" }],
    ["a type in the wrong case", { gati: { type: "Wasm" } }],
    ["npm's type with a slip", { type: "commonsj" }],
    ["a category with the file of a program", { gati: { type: "tool", config: { binaryFile: "bin/tool" } } }],
    ["no type with the file of a WebAssembly module", { config: { wasmFile: "out.wasm" } }],
    ["a category with an image", { type: "website", config: { layout: "image" } }],
    ["a category with an address", { gati: { type: "payment", config: { endpoint: "https://pay.example" } } }],
  ])("is refused as %s, with what to write", (_, document) => {
    expect(() => statedCategory(document, false)).toThrow(
      expect.objectContaining({ code: "manifest_invalid", suggestions: expect.arrayContaining([expect.any(String)]) }),
    );
  });

  it.each<[string | undefined, JsonObject]>([
    ["database", { gati: { type: "database" } }],
    ["frob", { type: "frob" }],
    ["auth", { gati: { type: "auth", config: { entry: "index.js" } } }],
    [undefined, { gati: { type: "binary", config: { binaryFile: "x" } } }],
    [undefined, { type: "module", gati: {} }],
    [undefined, { type: "module-wasm" }],
    [undefined, { gati: { type: "node", config: { layout: "grid" } } }],
    [undefined, {}],
    [undefined, { moduleId: "x", runtime: "nodee" }],
  ])("is the category %s in %j", (category, document) => {
    expect(statedCategory(document, false)).toBe(category);
  });

  it("leaves npm's fields of a package.json alone", () => {
    expect(statedCategory({ type: "library", config: { endpoint: "x" } }, true)).toBeUndefined();
    expect(statedCategory({ gati: { type: "database" } }, true)).toBe("database");
  });
});
