import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { insertMailToken } from "./domains/accounts/store.ts";
import { scheduled } from "./scheduled.ts";
import { freshAccount } from "./testing/account.ts";
import { rows } from "./testing/graph.ts";

const day = 86_400_000;

it("sends the mails that wait, and forgets sessions, tokens and mails whose time is over", async () => {
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  const user = await freshAccount();
  const ago = (days: number) => new Date(Date.now() - days * day);
  const letter = { subject: "Hello", text: "Hello.", lifetime: day };
  const write = (hash: string, purpose: "verify-email" | "reset-password", at: Date) =>
    insertMailToken(
      env.DB,
      { hash, userId: user.id, purpose, email: "ann@example.org" },
      { userId: user.id, to: "ann@example.org", letter },
      at,
    );
  await write("old", "reset-password", ago(40));
  await write("new", "verify-email", ago(0));
  const session = env.DB.prepare(
    "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, refresh_hash) VALUES (?, ?, 0, 0, ?, ?)",
  );
  await env.DB.batch([
    session.bind("over", user.id, ago(2).getTime(), "a"),
    session.bind("good", user.id, ago(-2).getTime(), "b"),
  ]);
  await scheduled({ cron: "17 * * * *" }, env);
  expect(await rows("SELECT state, text FROM outbox")).toEqual([{ state: "kept", text: "Hello." }]);
  expect(await rows("SELECT hash FROM mail_tokens")).toEqual([{ hash: "new" }]);
  expect(await rows("SELECT id FROM sessions")).toEqual([{ id: "good" }]);
});
