import type { Context } from "../../context.ts";
import { finishSignIn, isScope, isSecret, type OpenedSession, type Scope, secretHash } from "../auth/index.ts";
import { slowDown } from "./begin-device-login.ts";
import { askRequest } from "./store.ts";

/** Why a client has no session yet, in the words of RFC 8628, section 3.5. */
export type DeviceAnswer =
  | { readonly kind: "session"; readonly session: OpenedSession; readonly scopes: readonly Scope[] }
  | { readonly kind: "authorization_pending" | "access_denied" | "expired_token" | "invalid_grant" }
  | { readonly kind: "slow_down"; readonly interval: number };

/**
 * Answers a client that asks whether it has been let in. The session is opened once; its device code is used up then.
 * The second factor was proved by the person who let it in. Open to whoever has the device code.
 */
export async function finishDeviceLogin(
  ctx: Context,
  deviceCode: string,
  agent: string | undefined,
): Promise<DeviceAnswer> {
  if (!isSecret("device-code", deviceCode)) return { kind: "invalid_grant" };
  const asked = await askRequest(ctx.db, await secretHash(deviceCode), new Date(ctx.now()), slowDown);
  if (asked.kind === "unknown") return { kind: "invalid_grant" };
  if (asked.kind === "expired") return { kind: "expired_token" };
  if (asked.kind === "too-fast") return { kind: "slow_down", interval: asked.interval };
  if (asked.kind === "waiting") return { kind: "authorization_pending" };
  if (asked.kind === "denied" || !asked.account) return { kind: "access_denied" };
  const { request, account } = asked;
  const scopes = request.scopes.filter(isScope);
  const proved = request.proved?.includes("second-factor")
    ? (["device", "second-factor"] as const)
    : (["device"] as const);
  const signIn = request.signIn ?? undefined;
  return { kind: "session", session: await finishSignIn(ctx, account, { agent, proved, signIn, scopes }), scopes };
}
