import { createHash, timingSafeEqual } from "node:crypto";
import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { type Account, operatorExists } from "../auth/index.ts";
import { signUp, type SignUpInput } from "./sign-up.ts";

const fingerprint = (text: string) => createHash("sha256").update(text).digest();

/**
 * Makes the first operator account. The caller proves with the setup token that they deployed this registry.
 * Errors: `unauthenticated` for a wrong token or where none is configured, `already_done` once an operator exists.
 */
export async function setupOperator(
  ctx: Context,
  presentedToken: string | undefined,
  input: SignUpInput,
): Promise<Account> {
  const expected = ctx.settings.setupToken;
  if (!expected || !presentedToken || !timingSafeEqual(fingerprint(expected), fingerprint(presentedToken))) {
    throw new RegistryError("unauthenticated", "The setup token is wrong, or setup is not open.", {
      suggestions: ["Send the value of the secret GATI_SETUP_TOKEN as a bearer token."],
    });
  }
  if (await operatorExists(ctx.db)) {
    throw new RegistryError("already_done", "This registry has an operator.", {
      suggestions: ["Sign in with that account."],
    });
  }
  return signUp(ctx, input, true);
}
