import { RegistryError } from "../../../core/errors.ts";
import { ProviderFailure, SignInRefused } from "../../adapters/sign-in/index.ts";

/** Turns the two errors of the port into those of the registry. */
export async function portErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ProviderFailure) {
      throw new RegistryError("unavailable", cause.message, {
        cause,
        suggestions: ["Try again in a minute.", "Sign in another way, or tell the operator of the registry."],
      });
    }
    if (cause instanceof SignInRefused) {
      throw new RegistryError(cause.declined ? "denied" : "unauthenticated", cause.message, {
        cause,
        suggestions: ["Begin again at the sign-in page."],
      });
    }
    throw cause;
  }
}
