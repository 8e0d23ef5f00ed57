import type { CommandContext } from "./context.ts";
import { ApiError, type Session } from "./sdk.ts";

/** Signs in with the password, and with a code where the account asks for its second factor. */
export async function signIn(
  context: CommandContext,
  account: { readonly handle: string; readonly password: string },
): Promise<Session> {
  const { auth } = context.clientWith(undefined);
  try {
    return await auth.signIn(account);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "second_factor_required") throw error;
    const { challenge, methods } = error.details;
    if (typeof challenge !== "string") throw error;
    return context.codes.until(error.message, methods, (code) => auth.finishSignIn({ challenge, code }));
  }
}
