import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { makeSecret, type Scope, secretHash } from "../auth/index.ts";
import { insertDeviceRequest } from "./store.ts";
import { makeUserCode } from "./user-code.ts";

/** Seconds that a person has to let a device in. */
export const deviceLifetime = 600;
/** Seconds between the questions of a client, and how much longer they become for one that does not keep to it. */
export const pollInterval = 5;
export const slowDown = 5;

/** Clients as they call themselves: plain words, because people read them. */
const clientName = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$/;

export interface DeviceLoginInput {
  readonly client: string;
  /** What the device is called, such as its host name. */
  readonly device: string | undefined;
  readonly scopes: readonly Scope[];
  readonly agent: string | undefined;
}

export interface BegunDeviceLogin {
  /** Shown to the client this once. */
  readonly deviceCode: string;
  /** For the person, `XXXX-XXXX`. */
  readonly userCode: string;
}

/** Text that somebody else chose, on one line and without what a terminal or a reader could be fooled by. */
const tame = (text: string | undefined, length: number) =>
  text
    ?.replaceAll(/[\p{C}\p{Z}]+/gu, " ")
    .trim()
    .slice(0, length) || null;

/**
 * Begins the login of a device that has no browser (RFC 8628): codes for the client and for its person, good for ten
 * minutes. Open to everybody; it gives nothing until somebody who is signed in lets the device in.
 * Errors: `invalid_request` for a client that has no decent name, `rate_limited`.
 */
export async function beginDeviceLogin(ctx: Context, input: DeviceLoginInput): Promise<BegunDeviceLogin> {
  if (!clientName.test(input.client)) {
    throw new RegistryError("invalid_request", "The client has no name that people can read.", {
      suggestions: ["Send client_id: letters, digits, blanks and . _ - in at most 50 characters."],
    });
  }
  if (ctx.address !== undefined) assertTaken(await ctx.limiter.take("device", ctx.address));
  const deviceCode = makeSecret("device-code");
  const userCode = makeUserCode();
  const now = ctx.now();
  await insertDeviceRequest(ctx.db, {
    hash: await secretHash(deviceCode),
    userCode: await secretHash(userCode),
    client: input.client,
    device: tame(input.device, 64),
    agent: tame(input.agent, 120),
    address: ctx.address ?? null,
    scopes: [...input.scopes],
    createdAt: new Date(now),
    expiresAt: new Date(now + deviceLifetime * 1000),
    interval: pollInterval,
    state: "waiting",
  });
  return { deviceCode, userCode };
}
