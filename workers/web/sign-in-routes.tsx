import { Hono } from "hono";
import { RegistryError } from "../../core/errors.ts";
import { signIn } from "../domains/auth/index.ts";
import { answerChallenge, answerOf } from "../domains/second-factor/index.ts";
import { beginSignIn, finishProviderSignIn } from "../domains/sign-in/index.ts";
import { publicOriginOf } from "../http/origin.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { document, statusFor } from "./document.tsx";
import { returnTo } from "./return-to.ts";
import { addSecurityHeaders } from "./security-headers.ts";
import { FactorPage, type SignInProps, SignInPage } from "./sign-in.tsx";
import {
  browserMark,
  formToken,
  isOwnToken,
  ownForm,
  page,
  signInBrowser,
  signOutBrowser,
  visitorOf,
} from "./visitor.ts";
import { signOut } from "../domains/auth/index.ts";

const agentOf = (c: SurfaceContext) => c.req.header("user-agent");

export function signInPage(c: SurfaceContext, more: Partial<SignInProps> = {}) {
  publicOriginOf(c);
  addSecurityHeaders(c, { scripts: true });
  const { settings, identityProviders } = c.get("ctx");
  const props = {
    service: settings.service,
    token: formToken(c),
    returnTo: returnTo(c.req.query("return_to")),
    providers: [...identityProviders.values()].map(({ about }) => about),
    openSignUp: settings.openSignUp,
    done: c.req.query("done") === "password" ? "Your new password is set. Sign in with it." : undefined,
  };
  return document(c, <SignInPage {...props} {...more} />);
}

/** The second step, which the registry asked for by an error. */
export function factorPage(c: SurfaceContext, question: RegistryError, to: string) {
  const { challenge, methods } = question.details as { challenge: string; methods: string[] };
  addSecurityHeaders(c, { scripts: true });
  return document(c, <FactorPage token={formToken(c)} challenge={challenge} methods={methods} returnTo={to} />);
}

const asksFactor = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && error.code === "second_factor_required" && "challenge" in error.details;

/** A person in front of a page cannot do what helps a client. */
const forPage = (error: RegistryError) =>
  error.code === "unauthenticated"
    ? new RegistryError(error.code, error.message, { suggestions: ["Check both, or ask for a new password below."] })
    : error;

/** Ways in and out of the pages. Open to everybody. */
export const signInRoutes = new Hono<SurfaceEnv>()
  .get("/sign-in", page, (c) => {
    const to = returnTo(c.req.query("return_to"));
    return visitorOf(c.get("ctx")) ? c.redirect(to, 303) : signInPage(c);
  })
  .post("/sign-in", page, ownForm, async (c) => {
    const form = c.get("form");
    const to = returnTo(form.get("return_to"));
    const handle = (form.get("handle") ?? "").trim().toLowerCase();
    try {
      const input = { handle, password: form.get("password") ?? "", browser: true };
      signInBrowser(c, await signIn(c.get("ctx"), input, agentOf(c)));
      return c.redirect(to, 303);
    } catch (error) {
      if (asksFactor(error)) return factorPage(c, error, to);
      if (!(error instanceof RegistryError)) throw error;
      return signInPage(c, { error: forPage(statusFor(c, error)), returnTo: to, handle });
    }
  })
  .post("/sign-in/code", page, ownForm, async (c) => {
    const form = c.get("form");
    const to = returnTo(form.get("return_to"));
    const challenge = form.get("challenge") ?? "";
    try {
      const answer = answerOf(form.get("code") ?? "");
      signInBrowser(c, await answerChallenge(c.get("ctx"), challenge, answer, agentOf(c)));
      return c.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      statusFor(c, error);
      if (!((error.details["triesLeft"] as number) > 0)) return signInPage(c, { error, returnTo: to });
      const methods = (form.get("methods") ?? "").split(" ");
      addSecurityHeaders(c, { scripts: true });
      return document(
        c,
        <FactorPage token={formToken(c)} error={error} challenge={challenge} methods={methods} returnTo={to} />,
      );
    }
  })
  .get("/sign-in/with/:provider", page, async (c) => {
    const to = returnTo(c.req.query("return_to"));
    // A link that somebody else made begins nothing: its person could be made to sign in as that somebody.
    if (!isOwnToken(c, c.req.query("token")))
      return c.redirect(`/sign-in?${new URLSearchParams({ return_to: to })}`, 303);
    const address = await beginSignIn(c.get("ctx"), {
      provider: c.req.param("provider"),
      origin: publicOriginOf(c),
      browser: browserMark(c),
      returnTo: to,
      link: c.req.query("link") === "1",
    });
    return c.redirect(address.href, 303);
  })
  .get("/sign-in/callback/:provider", page, async (c) => {
    const outcome = await finishProviderSignIn(c.get("ctx"), {
      provider: c.req.param("provider"),
      origin: publicOriginOf(c),
      browser: readCookie(c, "browser"),
      parameters: new URL(c.req.url).searchParams,
      agent: agentOf(c),
    });
    if (outcome.kind === "linked") return c.redirect(`${outcome.returnTo}?done=linked`, 303);
    if (outcome.kind === "second-factor") return factorPage(c, outcome.question, outcome.returnTo);
    if (outcome.kind === "new") {
      writeCookie(c, "newcomer", outcome.proof, 900);
      return c.redirect("/sign-up/provider", 303);
    }
    signInBrowser(c, outcome.session);
    return c.redirect(outcome.returnTo, 303);
  })
  .post("/sign-out", page, ownForm, async (c) => {
    if (visitorOf(c.get("ctx"))) await signOut(c.get("ctx"), undefined);
    signOutBrowser(c);
    dropCookie(c, "newcomer");
    return c.redirect("/", 303);
  });
