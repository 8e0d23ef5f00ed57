import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { RegistryError } from "../../core/errors.ts";
import { readAccount } from "../domains/accounts/index.ts";
import {
  addPasskey,
  answerOf,
  beginPasskey,
  beginStepUp,
  ownFactors,
  passkeyAnswer,
  readRegistration,
  recentFactor,
  removeApp,
  removeOwnPasskey,
  renewRecoveryCodes,
  stepUp,
} from "../domains/second-factor/index.ts";
import { originOf } from "../http/origin.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { ceremonyAnswer } from "./ceremony-answer.ts";
import { document, statusFor } from "./document.tsx";
import { FactorSettingsPage } from "./second-factor.tsx";
import { addSecurityHeaders } from "./security-headers.ts";
import { frameVisitor, ownForm, page, signedIn } from "./visitor.ts";

const doneWords: Readonly<Record<string, string>> = {
  proved: "Thank you. You can change things for ten minutes.",
  removed: "Removed.",
};

interface Outcome {
  readonly error?: RegistryError;
  readonly recoveryCodes?: readonly string[];
}

async function settingsPage(c: SurfaceContext, { error, recoveryCodes }: Outcome = {}) {
  const ctx = c.get("ctx");
  const visitor = frameVisitor(c);
  if (!visitor) throw new RegistryError("unauthenticated", "You are signed out.", { suggestions: ["Sign in again."] });
  addSecurityHeaders(c, { scripts: true });
  const [factors, { hasPassword }] = await Promise.all([ownFactors(ctx), readAccount(ctx)]);
  const fresh = factors.methods.length === 0 || (await recentFactor({ ...ctx, otp: undefined })) !== undefined;
  const done = error ? undefined : doneWords[c.req.query("done") ?? ""];
  const props = { visitor, token: visitor.token, factors, hasPassword, fresh, done, error, recoveryCodes };
  return document(c, <FactorSettingsPage {...props} />);
}

/** What a form of this page does. It answers where to go, or the page with codes that are shown once. */
const action = (
  work: (c: SurfaceContext, field: (name: string) => string) => Promise<keyof typeof doneWords | Outcome>,
) =>
  [
    page,
    ownForm,
    signedIn,
    createMiddleware<SurfaceEnv>(async (c) => {
      try {
        const outcome = await work(c, (name) => c.get("form").get(name) ?? "");
        if (typeof outcome === "string") return c.redirect(`/account/second-factor?done=${outcome}`, 303);
        return settingsPage(c, outcome);
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code === "unauthenticated") throw error;
        return settingsPage(c, { error: statusFor(c, error) });
      }
    }),
  ] as const;

/** The second factors of whoever is signed in. */
export const secondFactorRoutes = new Hono<SurfaceEnv>()
  .get("/account/second-factor", page, signedIn, (c) => settingsPage(c))
  .post("/account/second-factor/prove/options", page, ownForm, signedIn, (c) =>
    ceremonyAnswer(c, () => beginStepUp(c.get("ctx"), originOf(c))),
  )
  .post(
    "/account/second-factor/prove",
    ...action(async (c, field) => {
      const response = field("response");
      const ctx = c.get("ctx");
      await stepUp(ctx, response === "" ? answerOf(field("code")) : passkeyAnswer(ctx, originOf(c), response));
      return "proved";
    }),
  )
  .post("/account/passkeys/options", page, ownForm, signedIn, (c) =>
    ceremonyAnswer(c, () => beginPasskey(c.get("ctx"), originOf(c), c.get("form").get("password") ?? undefined)),
  )
  .post(
    "/account/passkeys",
    ...action(async (c, field) => {
      const name = field("name").trim().slice(0, 100) || "Passkey";
      return addPasskey(c.get("ctx"), originOf(c), name, readRegistration(field("response")));
    }),
  )
  .post(
    "/account/passkeys/remove",
    ...action(async (c, field) => {
      await removeOwnPasskey(c.get("ctx"), field("id"));
      return "removed";
    }),
  )
  .post(
    "/account/app/remove",
    ...action(async (c) => {
      await removeApp(c.get("ctx"));
      return "removed";
    }),
  )
  .post("/account/recovery-codes", ...action(async (c) => ({ recoveryCodes: await renewRecoveryCodes(c.get("ctx")) })));
