import { createRoute, z } from "@hono/zod-openapi";
import { originOf } from "../../http/origin.ts";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { openedSession } from "../auth/index.ts";
import { answerChallenge, challengeOptions } from "./answer-challenge.ts";
import { signedChallenge } from "./passkey-ceremony.ts";
import { answer, assertionResponse, ceremonyOptions, exactlyOne } from "./schemas.ts";
import { beginPasskeySignIn, signInWithPasskey } from "./sign-in-with-passkey.ts";
import { beginStepUp, stepUp } from "./step-up.ts";
import { asAssertion, givenAnswer } from "./views.ts";

const tags = ["auth"];
const challenge = z.string().max(200).openapi({ description: "From details.challenge of second_factor_required" });
const one = "Send exactly one of code and passkey.";

const routes = {
  answer: createRoute({
    method: "post",
    path: "/auth/sessions/second-factor",
    tags,
    summary: "Finish a sign-in that asked for a second factor (whoever holds the challenge)",
    security: open,
    request: { body: jsonBody(z.object({ challenge, ...answer }).refine(exactlyOne, one)) },
    responses: { 200: json(openedSession, "A session"), ...problemResponse },
  }),
  answerOptions: createRoute({
    method: "post",
    path: "/auth/sessions/second-factor/options",
    tags,
    summary: "What a browser needs to answer a challenge with a passkey (whoever holds the challenge)",
    security: open,
    request: { body: jsonBody(z.object({ challenge })) },
    responses: { 200: json(ceremonyOptions, "For navigator.credentials.get"), ...problemResponse },
  }),
  passkeyOptions: createRoute({
    method: "post",
    path: "/auth/sessions/passkey/options",
    tags,
    summary: "Begin a sign-in with a passkey alone (everybody)",
    security: open,
    responses: { 200: json(ceremonyOptions, "For navigator.credentials.get"), ...problemResponse },
  }),
  passkey: createRoute({
    method: "post",
    path: "/auth/sessions/passkey",
    tags,
    summary: "Sign in with a passkey that has verified its user (everybody)",
    security: open,
    request: { body: jsonBody(z.object({ passkey: assertionResponse })) },
    responses: { 200: json(openedSession, "A session"), ...problemResponse },
  }),
  stepUpOptions: createRoute({
    method: "post",
    path: "/auth/step-up/options",
    tags,
    summary: "What a browser needs to step up with a passkey",
    security: signedIn,
    responses: { 200: json(ceremonyOptions, "For navigator.credentials.get"), ...problemResponse },
  }),
  stepUp: createRoute({
    method: "post",
    path: "/auth/step-up",
    tags,
    summary: "Prove the second factor for this session or API key; the token is that credential, fresh for ten minutes",
    security: signedIn,
    request: { body: jsonBody(z.object(answer).refine(exactlyOne, one)) },
    responses: {
      200: json(
        z.object({ token: z.string(), expiresIn: z.int().openapi({ description: "Seconds" }) }),
        "A bearer token, and a password for OCI clients",
      ),
      ...problemResponse,
    },
  }),
};

const noStore = { "Cache-Control": "no-store" };

/** Proofs of a second factor. A sign-in proves itself by its body; stepping up needs a credential. */
export const factorSignInRoutes = restRouter()
  .openapi(routes.answer, async (c) => {
    const { challenge: given, ...body } = c.req.valid("json");
    const { settings } = c.get("ctx");
    const answered = givenAnswer(body, { settings, origin: originOf(c), challenge: () => given });
    return c.json(await answerChallenge(c.get("ctx"), given, answered, c.req.header("user-agent")), 200, noStore);
  })
  .openapi(routes.answerOptions, async (c) => {
    const options = await challengeOptions(c.get("ctx"), originOf(c), c.req.valid("json").challenge);
    return c.json(options, 200, noStore);
  })
  .openapi(routes.passkeyOptions, async (c) =>
    c.json(await beginPasskeySignIn(c.get("ctx"), originOf(c)), 200, noStore),
  )
  .openapi(routes.passkey, async (c) => {
    const response = asAssertion(c.req.valid("json").passkey);
    const agent = c.req.header("user-agent");
    return c.json(await signInWithPasskey(c.get("ctx"), originOf(c), response, { agent }), 200, noStore);
  })
  .openapi(routes.stepUpOptions, async (c) => c.json(await beginStepUp(c.get("ctx"), originOf(c)), 200, noStore))
  .openapi(routes.stepUp, async (c) => {
    const at = { settings: c.get("ctx").settings, origin: originOf(c), challenge: signedChallenge };
    return c.json(await stepUp(c.get("ctx"), givenAnswer(c.req.valid("json"), at)), 200, noStore);
  });
