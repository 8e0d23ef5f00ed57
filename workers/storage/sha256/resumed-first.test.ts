import { createHash } from "node:crypto";
import { expect, it, vi } from "vitest";

/** What `state()` gave in another isolate after 100 times "a": hash words, length, waiting count, waiting bytes. */
const words = "1cb85bdf26061ee894a845fb310fd44f16685eb2c199d4d6294990ab665e6300";
const state = Buffer.from(`${words}64000000000000002400000000000000${"61".repeat(36)}${"00".repeat(28)}`, "hex");

it("an isolate whose first hash was begun elsewhere ends it right", async () => {
  // As in a new isolate: this module has not hashed anything before.
  vi.resetModules();
  const { ResumableSha256 } = await import("./index.ts");
  const hash = new ResumableSha256(state);
  hash.update(Buffer.from("b".repeat(100)));
  const expected = createHash("sha256").update("a".repeat(100) + "b".repeat(100));
  expect(Buffer.from(hash.digest()).toString("hex")).toBe(expected.digest("hex"));
});
