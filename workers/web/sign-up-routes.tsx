import { Hono } from "hono";
import type { SurfaceEnv } from "../http/surface.ts";
import { RegistryError } from "../../core/errors.ts";
import { forgotPassword, resetPassword, signUp, verifyEmail } from "../domains/accounts/index.ts";
import { finishSignIn } from "../domains/auth/index.ts";
import { makeAccount, newcomer } from "../domains/sign-in/index.ts";
import { publicOriginOf } from "../http/origin.ts";
import { dropCookie, readCookie } from "./cookies.ts";
import { document, statusFor } from "./document.tsx";
import { ConfirmEmailPage, ForgotPasswordPage, ResetPasswordPage } from "./passwords.tsx";
import { returnTo } from "./return-to.ts";
import { NewcomerPage, SignUpPage } from "./sign-up.tsx";
import { formToken, ownForm, page, signInBrowser } from "./visitor.ts";

/** Somebody's name elsewhere as a handle here, as a first proposal. */
const proposal = (name: string | null) =>
  (name ?? "")
    .split("@")[0]
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 39) ?? "";

/** Making an account, and getting back into one. Open to everybody. */
export const signUpRoutes = new Hono<SurfaceEnv>()
  .get("/sign-up", page, (c) => {
    publicOriginOf(c);
    const { openSignUp } = c.get("ctx").settings;
    const to = returnTo(c.req.query("return_to"));
    return document(c, <SignUpPage token={formToken(c)} open={openSignUp} returnTo={to} />);
  })
  .post("/sign-up", page, ownForm, async (c) => {
    const ctx = c.get("ctx");
    const form = c.get("form");
    const to = returnTo(form.get("return_to"));
    const given = { handle: (form.get("handle") ?? "").trim(), email: (form.get("email") ?? "").trim() };
    try {
      const email = given.email === "" ? undefined : given.email;
      const account = await signUp(ctx, { handle: given.handle, password: form.get("password") ?? "", email });
      const proofs = { agent: c.req.header("user-agent"), proved: ["password"], browser: true } as const;
      signInBrowser(c, await finishSignIn(ctx, account, proofs));
      return c.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      statusFor(c, error);
      const props = { error, open: ctx.settings.openSignUp, returnTo: to, ...given };
      return document(c, <SignUpPage token={formToken(c)} {...props} />);
    }
  })
  .get("/sign-up/provider", page, async (c) => {
    const person = await newcomer(c.get("ctx"), readCookie(c, "newcomer"));
    return document(c, <NewcomerPage token={formToken(c)} newcomer={person} handle={proposal(person.name)} />);
  })
  .post("/sign-up/provider", page, ownForm, async (c) => {
    const ctx = c.get("ctx");
    const proof = readCookie(c, "newcomer");
    const handle = (c.get("form").get("handle") ?? "").trim();
    try {
      const made = await makeAccount(ctx, proof, { handle, agent: c.req.header("user-agent") });
      dropCookie(c, "newcomer");
      signInBrowser(c, made.session);
      return c.redirect(made.returnTo, 303);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code === "unauthenticated") throw error;
      statusFor(c, error);
      const person = await newcomer(ctx, proof);
      return document(c, <NewcomerPage token={formToken(c)} error={error} newcomer={person} handle={handle} />);
    }
  })
  .get("/forgot-password", page, (c) => document(c, <ForgotPasswordPage token={formToken(c)} sent={false} />))
  .post("/forgot-password", page, ownForm, async (c) => {
    try {
      await forgotPassword(c.get("ctx"), c.get("form").get("account") ?? "");
      return document(c, <ForgotPasswordPage token={formToken(c)} sent />);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return document(c, <ForgotPasswordPage token={formToken(c)} error={statusFor(c, error)} sent={false} />);
    }
  })
  .get("/reset-password", page, (c) =>
    document(c, <ResetPasswordPage token={formToken(c)} secret={c.req.query("secret") ?? ""} />),
  )
  .post("/reset-password", page, ownForm, async (c) => {
    const form = c.get("form");
    const secret = (form.get("secret") ?? "").trim();
    try {
      await resetPassword(c.get("ctx"), { token: secret, password: form.get("password") ?? "" });
      return c.redirect("/sign-in?done=password", 303);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return document(c, <ResetPasswordPage token={formToken(c)} error={statusFor(c, error)} secret={secret} />);
    }
  })
  .get("/confirm-email", page, (c) =>
    document(c, <ConfirmEmailPage token={formToken(c)} secret={c.req.query("secret") ?? ""} />),
  )
  .post("/confirm-email", page, ownForm, async (c) => {
    const secret = (c.get("form").get("secret") ?? "").trim();
    try {
      const { email } = await verifyEmail(c.get("ctx"), secret);
      return document(c, <ConfirmEmailPage token={formToken(c)} secret="" confirmed={email} />);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return document(c, <ConfirmEmailPage token={formToken(c)} error={statusFor(c, error)} secret={secret} />);
    }
  });
