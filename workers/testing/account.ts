import { env } from "cloudflare:workers";
import { parseHandle } from "../../core/identifiers.ts";
import { type Context, createContext } from "../context.ts";
import { type Actor, anonymous } from "../domains/auth/index.ts";
import { insertUser } from "../domains/auth/store.ts";

let count = 0;

/** An account that is made without HTTP and without hashing a password, for tests of verbs. */
export async function freshAccount(more: { passwordHash?: string; operator?: boolean; email?: string } = {}) {
  const handle = parseHandle(`account-${++count}`);
  const user = { id: crypto.randomUUID(), handle, operator: more.operator ?? false };
  await insertUser(env.DB, {
    ...user,
    passwordHash: more.passwordHash ?? "",
    namespaceId: crypto.randomUUID(),
    email: more.email,
    at: new Date(),
  });
  return user;
}

/** What a verb gets, with a clock that the test moves and without a log. `later` is the work that goes on afterwards. */
export function verbContext(actor: Actor = anonymous, more: Partial<Context> = {}) {
  const later: Promise<unknown>[] = [];
  const clock = { now: Date.now() };
  const quiet = () => undefined;
  const ctx: Context = {
    ...createContext({
      env,
      actor,
      log: { info: quiet, warn: quiet, error: quiet },
      afterwards: (work) => void later.push(work),
    }),
    now: () => clock.now,
    ...more,
  };
  return {
    ctx,
    clock,
    settle: async () => {
      for (let work = later.shift(); work; work = later.shift()) await work;
    },
  };
}
