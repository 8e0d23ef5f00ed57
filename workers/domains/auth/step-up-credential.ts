import { RegistryError } from "../../../core/errors.ts";
import { isScope, type User } from "./actor.ts";
import { findStepUp } from "./factor-store.ts";
import { secretHash } from "./secret-text.ts";

/**
 * Who speaks with a step-up token: the session or API key that bought it, with a fresh factor. It ends with that
 * credential, and minutes after it was bought. Errors: `unauthenticated`.
 */
export async function fromStepUpToken(
  { db, now }: { readonly db: D1Database; readonly now: () => number },
  token: string,
): Promise<User> {
  const found = await findStepUp(db, await secretHash(token), new Date(now()));
  if (!found) {
    throw new RegistryError("unauthenticated", "The step-up token is not good any more.", {
      suggestions: ["Buy another one with a fresh code: gati account step-up."],
    });
  }
  const { user, id, bought, boughtAt, expiresAt } = found;
  const person = {
    kind: "user",
    userId: user.id,
    handle: user.handle,
    operator: user.operator,
    scopes: bought.scopes.filter(isScope),
    factorAt: boughtAt.getTime(),
  } as const;
  if (bought.by === "session") {
    const credential = { kind: "session", id, expiresAt, methods: bought.proved } as const;
    return { ...person, credential, signIn: bought.signIn ?? undefined };
  }
  return {
    ...person,
    credential: { kind: "api-key", id, name: bought.name, expiresAt },
    reach: bought.reach ?? undefined,
    networks: bought.networks ?? undefined,
    basis: { kind: "api-key", id, generation: bought.generation },
  };
}
