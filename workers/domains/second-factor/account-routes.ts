import { createRoute, z } from "@hono/zod-openapi";
import { originOf } from "../../http/origin.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { addPasskey, beginPasskey } from "./add-passkey.ts";
import { beginApp, confirmApp } from "./enrol-totp.ts";
import {
  ownFactors,
  removeApp,
  removeFactors,
  removeOwnPasskey,
  renameOwnPasskey,
  renewRecoveryCodes,
  setLevel,
} from "./manage-factors.ts";
import { ceremonyOptions, chosenLevel, factorStatus, passkey, recoveryCodes, registrationResponse } from "./schemas.ts";
import { asRegistration, passkeyView, statusView } from "./views.ts";

const tags = ["account"];
const base = "/account/second-factor";
const name = z.string().trim().min(1).max(100);
const params = z.object({ id: z.string().max(100) });
const confirmed = z.object({ password: z.string().max(1000).optional() });
const fresh = "scope admin, and a fresh factor";
const person = "scope admin, and the password or a fresh factor";

const routes = {
  status: createRoute({
    method: "get",
    path: base,
    tags,
    summary: "The caller's second factors (scope admin)",
    security: signedIn,
    responses: { 200: json(factorStatus, "Without secrets"), ...problemResponse },
  }),
  level: createRoute({
    method: "put",
    path: `${base}/level`,
    tags,
    summary: `Say when the factor is asked for: at sign-in, or to publish too (${fresh})`,
    security: signedIn,
    request: { body: jsonBody(chosenLevel) },
    responses: { 204: { description: "Set" }, ...problemResponse },
  }),
  disable: createRoute({
    method: "delete",
    path: base,
    tags,
    summary: `Remove all factors and recovery codes (${fresh})`,
    security: signedIn,
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
  beginApp: createRoute({
    method: "post",
    path: `${base}/app`,
    tags,
    summary: `Begin with an authenticator app; the secret is shown only in this answer (${person})`,
    security: signedIn,
    request: { body: jsonBody(confirmed) },
    responses: { 201: json(z.object({ secret: z.string(), uri: z.string() }), "Waits for a code"), ...problemResponse },
  }),
  confirmApp: createRoute({
    method: "post",
    path: `${base}/app/confirm`,
    tags,
    summary: "Turn the authenticator app on by a code of it (scope admin)",
    security: signedIn,
    request: { body: jsonBody(z.object({ code: z.string().max(100) })) },
    responses: { 200: json(z.object({ recoveryCodes }), "It is on"), ...problemResponse },
  }),
  removeApp: createRoute({
    method: "delete",
    path: `${base}/app`,
    tags,
    summary: `Remove the authenticator app (${fresh})`,
    security: signedIn,
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
  renewCodes: createRoute({
    method: "post",
    path: `${base}/recovery-codes`,
    tags,
    summary: `Replace the recovery codes (${fresh})`,
    security: signedIn,
    responses: { 200: json(z.object({ recoveryCodes }), "Shown only now"), ...problemResponse },
  }),
  beginPasskey: createRoute({
    method: "post",
    path: `${base}/passkeys/options`,
    tags,
    summary: `Begin with a passkey: options for the browser (${person})`,
    security: signedIn,
    request: { body: jsonBody(confirmed) },
    responses: { 200: json(ceremonyOptions, "For navigator.credentials.create"), ...problemResponse },
  }),
  addPasskey: createRoute({
    method: "post",
    path: `${base}/passkeys`,
    tags,
    summary: "Add the passkey that the browser made (scope admin)",
    security: signedIn,
    request: { body: jsonBody(z.object({ name, response: registrationResponse })) },
    responses: { 201: json(z.object({ passkey, recoveryCodes }), "The passkey"), ...problemResponse },
  }),
  renamePasskey: createRoute({
    method: "patch",
    path: `${base}/passkeys/{id}`,
    tags,
    summary: "Rename a passkey (scope admin)",
    security: signedIn,
    request: { params, body: jsonBody(z.object({ name })) },
    responses: { 200: json(passkey, "The passkey"), ...problemResponse },
  }),
  removePasskey: createRoute({
    method: "delete",
    path: `${base}/passkeys/{id}`,
    tags,
    summary: `Remove a passkey (${fresh})`,
    security: signedIn,
    request: { params },
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
};

const noStore = { "Cache-Control": "no-store" };

/** Second factors of the caller. */
export const factorAccountRoutes = restRouter()
  .openapi(routes.status, async (c) => c.json(statusView(await ownFactors(c.get("ctx"))), 200, noStore))
  .openapi(routes.level, async (c) => {
    await setLevel(c.get("ctx"), c.req.valid("json").level);
    return c.body(null, 204);
  })
  .openapi(routes.disable, async (c) => {
    await removeFactors(c.get("ctx"));
    return c.body(null, 204);
  })
  .openapi(routes.beginApp, async (c) =>
    c.json(await beginApp(c.get("ctx"), c.req.valid("json").password), 201, noStore),
  )
  .openapi(routes.confirmApp, async (c) =>
    c.json(await confirmApp(c.get("ctx"), c.req.valid("json").code), 200, noStore),
  )
  .openapi(routes.removeApp, async (c) => {
    await removeApp(c.get("ctx"));
    return c.body(null, 204);
  })
  .openapi(routes.renewCodes, async (c) =>
    c.json({ recoveryCodes: await renewRecoveryCodes(c.get("ctx")) }, 200, noStore),
  )
  .openapi(routes.beginPasskey, async (c) => {
    const options = await beginPasskey(c.get("ctx"), originOf(c), c.req.valid("json").password);
    return c.json(options, 200, noStore);
  })
  .openapi(routes.addPasskey, async (c) => {
    const { name: given, response } = c.req.valid("json");
    const added = await addPasskey(c.get("ctx"), originOf(c), given, asRegistration(response));
    return c.json({ passkey: passkeyView(added.passkey), recoveryCodes: added.recoveryCodes }, 201, noStore);
  })
  .openapi(routes.renamePasskey, async (c) => {
    const renamed = await renameOwnPasskey(c.get("ctx"), c.req.valid("param").id, c.req.valid("json").name);
    return c.json(passkeyView(renamed), 200);
  })
  .openapi(routes.removePasskey, async (c) => {
    await removeOwnPasskey(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  });
