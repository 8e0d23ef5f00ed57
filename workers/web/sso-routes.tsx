import { Hono } from "hono";
import { RegistryError } from "../../core/errors.ts";
import { ssoEntry } from "../domains/sso/index.ts";
import { publicOriginOf } from "../http/origin.ts";
import type { SurfaceEnv } from "../http/surface.ts";
import { document, statusFor } from "./document.tsx";
import { returnTo } from "./return-to.ts";
import { SsoPage, SsoQuestionPage } from "./sso.tsx";
import { formToken, frameVisitor, ownForm, page } from "./visitor.ts";

/** Signing in with an organisation's own provider. Open to everybody. */
export const ssoPageRoutes = new Hono<SurfaceEnv>()
  .get("/sign-in/sso", page, (c) => document(c, <SsoQuestionPage token={formToken(c)} />))
  .post("/sign-in/sso", page, ownForm, async (c) => {
    const handle = (c.get("form").get("handle") ?? "").trim().toLowerCase();
    try {
      const entry = await ssoEntry(c.get("ctx"), handle);
      return c.redirect(`/sign-in/sso/${entry.handle}`, 303);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return document(c, <SsoQuestionPage token={formToken(c)} error={statusFor(c, error)} handle={handle} />);
    }
  })
  .get("/sign-in/sso/:handle", page, async (c) => {
    publicOriginOf(c);
    const entry = await ssoEntry(c.get("ctx"), c.req.param("handle"));
    const to = c.req.query("return_to") === undefined ? `/orgs/${entry.handle}` : returnTo(c.req.query("return_to"));
    return document(c, <SsoPage entry={entry} token={formToken(c)} returnTo={to} visitor={frameVisitor(c)} />);
  });
