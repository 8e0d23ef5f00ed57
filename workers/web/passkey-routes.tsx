import { Hono } from "hono";
import { RegistryError } from "../../core/errors.ts";
import {
  answerChallenge,
  beginPasskeySignIn,
  challengeOptions,
  passkeyAnswer,
  readAssertion,
  signInWithPasskey,
} from "../domains/second-factor/index.ts";
import { originOf } from "../http/origin.ts";
import type { SurfaceEnv } from "../http/surface.ts";
import { ceremonyAnswer } from "./ceremony-answer.ts";
import { statusFor } from "./document.tsx";
import { returnTo } from "./return-to.ts";
import { signInPage } from "./sign-in-routes.tsx";
import { ownForm, page, signInBrowser } from "./visitor.ts";

/** Signing in with a passkey: alone, or as the second step of a sign-in that waits. Open to everybody. */
export const passkeyRoutes = new Hono<SurfaceEnv>()
  .post("/sign-in/passkey/options", page, ownForm, (c) => {
    const challenge = c.get("form").get("challenge");
    const ctx = c.get("ctx");
    return ceremonyAnswer(c, () =>
      challenge === null ? beginPasskeySignIn(ctx, originOf(c)) : challengeOptions(ctx, originOf(c), challenge),
    );
  })
  .post("/sign-in/passkey", page, ownForm, async (c) => {
    const form = c.get("form");
    const ctx = c.get("ctx");
    const to = returnTo(form.get("return_to"));
    const challenge = form.get("challenge");
    const response = form.get("response") ?? "";
    const agent = c.req.header("user-agent");
    try {
      const session =
        challenge === null
          ? await signInWithPasskey(ctx, originOf(c), readAssertion(response), { agent, browser: true })
          : await answerChallenge(ctx, challenge, passkeyAnswer(ctx, originOf(c), response, challenge), agent);
      signInBrowser(c, session);
      return c.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return signInPage(c, { error: statusFor(c, error), returnTo: to });
    }
  });
