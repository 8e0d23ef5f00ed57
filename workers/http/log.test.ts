import { expect, it, vi } from "vitest";
import { verbContext } from "../testing/account.ts";
import { withoutTable } from "../testing/graph.ts";
import { findMailToken, resetTargets } from "../domains/accounts/store.ts";
import { createLogger } from "./log.ts";

/** The line that is logged about what the work throws. */
async function logged(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const spy = vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
  createLogger({ requestId: "r" }).error("failed", error);
  spy.mockRestore();
  return lines.join("\n");
}

it("a failed query is logged with its words and its place, without what was looked for", async () => {
  const { ctx } = verbContext();
  const line = await withoutTable("users", () => logged(() => resetTargets(ctx.db, "ann@example.org", 5)));
  expect(line).toContain("Failed query: select");
  expect(line).toMatch(/no such table/);
  expect(line).toMatch(/store\.ts/);
  expect(line).not.toContain("ann@example.org");
  const hashed = await withoutTable("mail_tokens", () =>
    logged(() => findMailToken(ctx.db, "reset-password", "the-hash-of-a-token\n    at secret.ts:1", new Date())),
  );
  expect(hashed).toContain("Failed query");
  expect(hashed).not.toContain("the-hash-of-a-token");
});

it("other errors are logged as they are", async () => {
  const line = await logged(() => Promise.reject(new Error("broken", { cause: new Error("because") })));
  expect(JSON.parse(line)).toMatchObject({ errorName: "Error", errorMessage: "broken", cause: "because" });
});
