import { CliError } from "./failure.ts";
import { type ApiError, ApiError as RegistryFailure, type RegistryClient } from "./sdk.ts";
import type { Output } from "./terminal/output.ts";
import { askText } from "./terminal/prompts.ts";

/** Wrong codes after which a command gives up. */
const mostTries = 3;

/** Codes of the second factor: the one that was given, once, and then whatever the person types. */
export class SecondFactorCodes {
  readonly #output: Output;
  #given: string | undefined;

  constructor(output: Output, given: string | undefined) {
    this.#output = output;
    this.#given = given === "" ? undefined : given;
  }

  /** Errors: `usage` when there is nobody to ask. */
  async next(why: string, methods: unknown): Promise<string> {
    const given = this.#given;
    this.#given = undefined;
    if (given !== undefined) return given;
    const typed = !Array.isArray(methods) || methods.some((method) => method === "totp" || method === "recovery-code");
    if (!typed || !this.#output.interactive) {
      throw new CliError("not_logged_in", why, [
        typed
          ? "Add --otp <code>, or set GATI_OTP: a code of your app, or a recovery code."
          : "Your account has passkeys alone, which a terminal cannot use: log in with your browser (gati login).",
      ]);
    }
    this.#output.note(why);
    return askText("Code of your app, or a recovery code", "the code");
  }

  /** Runs `use` with a code until one is right. What else goes wrong is thrown. */
  async until<T>(why: string, methods: unknown, use: (code: string) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await use(await this.next(why, methods));
      } catch (error) {
        const wrong =
          error instanceof RegistryFailure &&
          (error.code === "second_factor_required" || typeof error.details["triesLeft"] === "number");
        if (!wrong || !this.#output.interactive || tries >= mostTries) throw error;
        this.#output.warn(error.message);
      }
    }
  }

  /** A credential with a fresh factor, in place of the client's; undefined when the account has no factor. */
  async stepUp(client: RegistryClient, error: ApiError): Promise<string | undefined> {
    const { methods } = error.details;
    if (Array.isArray(methods) && methods.length === 0) return undefined;
    return this.until(error.message, methods, async (code) => (await client.auth.stepUp(code)).token);
  }
}
