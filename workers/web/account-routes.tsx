import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { RegistryError } from "../../core/errors.ts";
import { changeEmail, changePassword, readAccount, setFirstPassword } from "../domains/accounts/index.ts";
import { endOtherSessions, endSession, ownApiKeys, ownSessions, revokeApiKey } from "../domains/auth/index.ts";
import { ownIdentities, unlinkOwnIdentity } from "../domains/sign-in/index.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { AccountPage } from "./account.tsx";
import { document, statusFor } from "./document.tsx";
import { frameVisitor, ownForm, page, signedIn } from "./visitor.ts";

const doneWords: Readonly<Record<string, string>> = {
  linked: "Linked. You can sign in with it from now on.",
  unlinked: "Unlinked.",
  session: "The session has ended.",
  sessions: "All other sessions have ended.",
  key: "The key is revoked.",
  password: "The password is set, and all other sessions have ended.",
  email: "A mail is on its way to the new address. It counts when you have confirmed it.",
};

async function accountPage(c: SurfaceContext, error?: RegistryError) {
  const ctx = c.get("ctx");
  const visitor = frameVisitor(c);
  if (!visitor) throw new RegistryError("unauthenticated", "You are signed out.", { suggestions: ["Sign in again."] });
  const [account, sessions, keys, identities] = await Promise.all([
    readAccount(ctx),
    ownSessions(ctx),
    ownApiKeys(ctx),
    ownIdentities(ctx),
  ]);
  const linked = new Set(identities.map(({ issuer }) => issuer));
  const providers = [...ctx.identityProviders.values()]
    .map(({ about }) => about)
    .filter(({ issuer }) => !linked.has(issuer));
  const done = error ? undefined : doneWords[c.req.query("done") ?? ""];
  const props = { visitor, token: visitor.token, account, sessions, keys, identities, providers, done, error };
  return document(c, <AccountPage {...props} now={ctx.now()} />);
}

/** What a form of the account's page does. It answers the page again, with what was wrong or what was done. */
const action = (work: (c: SurfaceContext, field: (name: string) => string) => Promise<keyof typeof doneWords>) =>
  [
    page,
    ownForm,
    signedIn,
    createMiddleware<SurfaceEnv>(async (c) => {
      const field = (name: string) => c.get("form").get(name) ?? "";
      try {
        return c.redirect(`/account?done=${await work(c, field)}`, 303);
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code === "unauthenticated") throw error;
        return accountPage(c, statusFor(c, error));
      }
    }),
  ] as const;

const emailAddress = z.email().max(320);

/** The account of whoever is signed in. */
export const accountRoutes = new Hono<SurfaceEnv>()
  .get("/account", page, signedIn, (c) => accountPage(c))
  .post(
    "/account/sessions/end",
    ...action(async (c, field) => {
      await endSession(c.get("ctx"), field("id"));
      return "session";
    }),
  )
  .post(
    "/account/sessions/end-others",
    ...action(async (c) => {
      await endOtherSessions(c.get("ctx"));
      return "sessions";
    }),
  )
  .post(
    "/account/keys/revoke",
    ...action(async (c, field) => {
      await revokeApiKey(c.get("ctx"), field("id"));
      return "key";
    }),
  )
  .post(
    "/account/identities/unlink",
    ...action(async (c, field) => {
      await unlinkOwnIdentity(c.get("ctx"), field("issuer"), field("subject"));
      return "unlinked";
    }),
  )
  .post(
    "/account/password",
    ...action(async (c, field) => {
      const ctx = c.get("ctx");
      const newPassword = field("new-password");
      if ((await readAccount(ctx)).hasPassword) await changePassword(ctx, { password: field("password"), newPassword });
      else await setFirstPassword(ctx, newPassword);
      return "password";
    }),
  )
  .post(
    "/account/email",
    ...action(async (c, field) => {
      const email = emailAddress.safeParse(field("email").trim());
      if (!email.success) {
        throw new RegistryError("invalid_request", "That is no e-mail address.", {
          suggestions: ["Write it as name@domain."],
        });
      }
      await changeEmail(c.get("ctx"), { email: email.data, password: field("password") });
      return "email";
    }),
  );
