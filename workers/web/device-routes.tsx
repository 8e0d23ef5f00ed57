import { Hono } from "hono";
import { RegistryError } from "../../core/errors.ts";
import { factorMethods } from "../domains/auth/index.ts";
import { decideDeviceLogin, readUserCode, waitingDevice } from "../domains/device-login/index.ts";
import { recentFactor } from "../domains/second-factor/index.ts";
import { publicOriginOf } from "../http/origin.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { DeviceCodePage, DeviceDonePage, DeviceQuestionPage } from "./device.tsx";
import { document, statusFor } from "./document.tsx";
import { frameVisitor, ownForm, page, signedIn } from "./visitor.ts";

function codePage(c: SurfaceContext, code: string, error?: RegistryError) {
  publicOriginOf(c);
  const visitor = frameVisitor(c) ?? { handle: "", token: "" };
  return document(c, <DeviceCodePage token={visitor.token} visitor={visitor} code={code} error={error} />);
}

/** A code that an address or a form brought along: in its one spelling, and only what one looks like. */
const shownCode = (text: string | undefined) =>
  readUserCode(text ?? "") ?? (text && /^[A-Za-z -]{1,12}$/.test(text) ? text.toUpperCase() : "");

async function questionPage(c: SurfaceContext, code: string, error?: RegistryError) {
  const ctx = c.get("ctx");
  const request = await waitingDevice(ctx, code);
  const visitor = frameVisitor(c) ?? { handle: "", token: "" };
  const userId = ctx.actor.kind === "user" ? ctx.actor.userId : "";
  const asksFactor = (await factorMethods(ctx.db, userId)).length > 0 && (await recentFactor(ctx)) === undefined;
  const props = { token: visitor.token, visitor, request, code: shownCode(code), now: ctx.now(), asksFactor, error };
  return document(c, <DeviceQuestionPage {...props} />);
}

/** Letting devices in. Whoever is signed in; a wrong code is told on the page that asks for one. */
export const deviceRoutes = new Hono<SurfaceEnv>()
  .get("/device", page, signedIn, (c) => codePage(c, shownCode(c.req.query("code"))))
  .post("/device", page, ownForm, signedIn, async (c) => {
    const code = c.get("form").get("code") ?? "";
    try {
      return await questionPage(c, code);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return codePage(c, shownCode(code), statusFor(c, error));
    }
  })
  .post("/device/decide", page, ownForm, signedIn, async (c) => {
    const form = c.get("form");
    const code = form.get("code") ?? "";
    const approved = form.get("decision") === "approve";
    const otp = form.get("otp")?.trim() || undefined;
    try {
      const request = await decideDeviceLogin({ ...c.get("ctx"), otp }, code, approved);
      const visitor = frameVisitor(c) ?? { handle: "", token: "" };
      return document(c, <DeviceDonePage visitor={visitor} request={request} approved={approved} />);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      statusFor(c, error);
      if (error.code === "second_factor_required") return questionPage(c, code, error);
      return codePage(c, shownCode(code), error);
    }
  });
