import { createRoute, z } from "@hono/zod-openapi";
import { contextFor, presentedCredential } from "../../http/authentication.ts";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { finishSignIn } from "../auth/index.ts";
import { changeEmail } from "./change-email.ts";
import { changePassword } from "./change-password.ts";
import { deleteAccount } from "./delete-account.ts";
import { exportAccount, readAccount } from "./export-account.ts";
import { forgotPassword } from "./forgot-password.ts";
import { resetPassword } from "./reset-password.ts";
import { account, accountDescription, accountExport, credentials, openedSession } from "./schemas.ts";
import { setupOperator } from "./setup-operator.ts";
import { signUp } from "./sign-up.ts";
import { verifyEmail } from "./verify-email.ts";

const tags = ["account"];
const email = z.email().max(320);
const password = z.string().max(1000);
const token = z.string().max(1000);

const routes = {
  setup: createRoute({
    method: "post",
    path: "/setup",
    tags: ["auth"],
    summary: "Make the first operator account (needs the setup token)",
    security: signedIn,
    request: { body: jsonBody(credentials) },
    responses: { 201: json(z.object({ user: account }), "The operator"), ...problemResponse },
  }),
  signUp: createRoute({
    method: "post",
    path: "/auth/sign-up",
    tags: ["auth"],
    summary: "Make an account and its namespace (everybody, unless the operator closed it)",
    security: open,
    request: { body: jsonBody(credentials.extend({ email: email.optional() })) },
    responses: { 201: json(openedSession, "The account, signed in"), ...problemResponse },
  }),
  verify: createRoute({
    method: "post",
    path: "/auth/email/verify",
    tags,
    summary: "Confirm an e-mail address with the token that was sent to it (whoever has the token)",
    security: open,
    request: { body: jsonBody(z.object({ token })) },
    responses: { 200: json(z.object({ handle: z.string(), email: z.string() }), "Confirmed"), ...problemResponse },
  }),
  forgot: createRoute({
    method: "post",
    path: "/auth/password/forgot",
    tags,
    summary: "Send a token for a new password to the confirmed address of an account, if there is one (everybody)",
    security: open,
    request: {
      body: jsonBody(
        z.object({ account: z.string().min(1).max(320).openapi({ description: "Handle or e-mail address" }) }),
      ),
    },
    responses: { 202: { description: "The same answer whether or not there is such an account" }, ...problemResponse },
  }),
  reset: createRoute({
    method: "post",
    path: "/auth/password/reset",
    tags,
    summary: "Set a new password with the token of a mail, and end all sessions (whoever has the token)",
    security: open,
    request: { body: jsonBody(z.object({ token, password })) },
    responses: { 204: { description: "Set" }, ...problemResponse },
  }),
  read: createRoute({
    method: "get",
    path: "/account",
    tags,
    summary: "The caller's account (scope admin)",
    security: signedIn,
    responses: { 200: json(accountDescription, "The account"), ...problemResponse },
  }),
  changeEmail: createRoute({
    method: "put",
    path: "/account/email",
    tags,
    summary: "Ask for another e-mail address; it counts when its token is confirmed (scope admin, and the password)",
    security: signedIn,
    request: { body: jsonBody(z.object({ email, password })) },
    responses: { 202: { description: "A token is on its way to the address" }, ...problemResponse },
  }),
  changePassword: createRoute({
    method: "put",
    path: "/account/password",
    tags,
    summary: "Replace the password and end all other sessions (scope admin, and the password)",
    security: signedIn,
    request: { body: jsonBody(z.object({ password, newPassword: password })) },
    responses: { 204: { description: "Replaced" }, ...problemResponse },
  }),
  export: createRoute({
    method: "get",
    path: "/account/export",
    tags,
    summary: "Everything that the registry keeps about the caller (scope admin)",
    security: signedIn,
    responses: { 200: json(accountExport, "The caller's data, without secrets"), ...problemResponse },
  }),
  remove: createRoute({
    method: "delete",
    path: "/account",
    tags,
    summary: "Delete the account; its handle stays taken, public versions stay (scope admin, and the password)",
    security: signedIn,
    request: { body: jsonBody(z.object({ password })) },
    responses: { 204: { description: "Deleted" }, ...problemResponse },
  }),
};

const noStore = { "Cache-Control": "no-store" };

/** Setup. Its bearer token is no credential of an account, so it is read here and nowhere else. */
export const setupRoutes = restRouter().openapi(routes.setup, async (c) => {
  const presented = presentedCredential(c.req.header("authorization"));
  const setupToken = presented.kind === "bearer" ? presented.token : undefined;
  const ctx = await contextFor(c, { kind: "none" });
  return c.json({ user: await setupOperator(ctx, setupToken, c.req.valid("json")) }, 201);
});

/** Accounts. Sign-up and what mails ask for prove themselves by their bodies; everything else needs a credential. */
export const accountRoutes = restRouter()
  .openapi(routes.signUp, async (c) => {
    const user = await signUp(c.get("ctx"), c.req.valid("json"));
    const proofs = { agent: c.req.header("user-agent"), proved: ["password"] as const };
    return c.json(await finishSignIn(c.get("ctx"), user, proofs), 201, noStore);
  })
  .openapi(routes.verify, async (c) => c.json(await verifyEmail(c.get("ctx"), c.req.valid("json").token), 200))
  .openapi(routes.forgot, async (c) => {
    await forgotPassword(c.get("ctx"), c.req.valid("json").account);
    return c.body(null, 202);
  })
  .openapi(routes.reset, async (c) => {
    await resetPassword(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 204);
  })
  .openapi(routes.read, async (c) => c.json(await readAccount(c.get("ctx")), 200, noStore))
  .openapi(routes.changeEmail, async (c) => {
    await changeEmail(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 202);
  })
  .openapi(routes.changePassword, async (c) => {
    await changePassword(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 204);
  })
  .openapi(routes.export, async (c) => {
    c.header("Content-Disposition", 'attachment; filename="gati-account.json"');
    return c.json(await exportAccount(c.get("ctx")), 200, noStore);
  })
  .openapi(routes.remove, async (c) => {
    await deleteAccount(c.get("ctx"), c.req.valid("json").password);
    return c.body(null, 204);
  });
