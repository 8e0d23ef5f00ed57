import assert from "node:assert/strict";
import { test } from "node:test";
import { createModule } from "../src/index.js";

test("greets by name", () => {
  const { exports } = createModule({ salutation: "Namaste" });
  assert.deepEqual(exports.greet({ name: "Krishna" }), { text: "Namaste, Krishna!" });
});
