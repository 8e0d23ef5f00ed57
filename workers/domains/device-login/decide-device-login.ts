import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, sealAudit } from "../audit/index.ts";
import { requireUser, secretHash, type User } from "../auth/index.ts";
import { recentFactor, requireRecentFactor } from "../second-factor/index.ts";
import { decideRequest, type DeviceRequest, findByUserCode } from "./store.ts";
import { readUserCode } from "./user-code.ts";

const unknownCode = () =>
  new RegistryError("name_unknown", "No device waits under this code.", {
    suggestions: ["Look at the code on the device again.", "Codes are good for ten minutes, and once."],
  });

/** A person who may let devices in: with a session of the pages, which no token of a device or key is. */
function approver(ctx: Context): User {
  const user = requireUser(ctx.actor, "admin");
  if (user.credential.kind === "session") return user;
  throw new RegistryError("denied", "Only somebody who is signed in lets a device in.", {
    suggestions: ["Sign in with a browser."],
  });
}

/** Wrong codes count for the person and for the address, so that nobody finds the code of somebody else's device. */
async function waiting(ctx: Context, { userId }: User, typed: string): Promise<DeviceRequest> {
  const callers = [`user ${userId}`, ...(ctx.address === undefined ? [] : [`address ${ctx.address}`])];
  for (const caller of callers) assertTaken(await ctx.limiter.take("user-code", caller));
  const code = readUserCode(typed);
  const found = code && (await findByUserCode(ctx.db, await secretHash(code), new Date(ctx.now())));
  if (!found) throw unknownCode();
  await Promise.all(callers.map((caller) => ctx.limiter.refund("user-code", caller)));
  return found;
}

/**
 * The device that waits under a code, as its person judges it before they let it in. Needs a session with the scope
 * `admin`. Errors: `name_unknown`, `rate_limited`.
 */
export async function waitingDevice(ctx: Context, typed: string): Promise<DeviceRequest> {
  return waiting(ctx, approver(ctx), typed);
}

/**
 * Lets a device in, or refuses it. It then signs in as the caller, with the scopes that it asked for and no more. Needs a
 * session with the scope `admin`; letting in also a fresh second factor, where the account has one.
 * Errors: `name_unknown`, `second_factor_required`, `rate_limited`.
 */
export async function decideDeviceLogin(ctx: Context, typed: string, approve: boolean): Promise<DeviceRequest> {
  const user = approver(ctx);
  if (approve) await requireRecentFactor(ctx);
  const request = await waiting(ctx, user, typed);
  const state = approve ? "approved" : "denied";
  const note = auditNote(ctx, { handle: user.handle }, `device.${state}`, `users/${user.handle}`, {
    client: request.client,
    device: request.device,
    scopes: request.scopes,
    address: request.address,
  });
  const proved = (await recentFactor(ctx)) === undefined ? ["device"] : ["device", "second-factor"];
  const decision = { state, userId: user.userId, signIn: user.signIn ?? null, proved } as const;
  const now = new Date(ctx.now());
  if (!(await decideRequest(ctx.db, request.hash, decision, note, now))) throw unknownCode();
  ctx.afterwards(sealAudit(ctx, note));
  ctx.log.info(`device.${state}`, { user: user.userId, client: request.client });
  return request;
}
