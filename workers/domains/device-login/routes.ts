import { createRoute, z } from "@hono/zod-openapi";
import { RegistryError } from "../../../core/errors.ts";
import { toRegistryError } from "../../http/errors.ts";
import { publicOriginOf } from "../../http/origin.ts";
import { json, open, restRouter } from "../../http/rest.ts";
import type { SurfaceContext } from "../../http/surface.ts";
import { isScope, type Scope } from "../auth/index.ts";
import { beginDeviceLogin, deviceLifetime, pollInterval } from "./begin-device-login.ts";
import { type DeviceAnswer, finishDeviceLogin } from "./finish-device-login.ts";

export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

const tags = ["auth"];
const form = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { "application/x-www-form-urlencoded": { schema } } }) as const;
const oauthError = z
  .object({
    error: z.string(),
    error_description: z.string(),
    interval: z.int().optional().openapi({ description: "With slow_down: seconds between questions from now on" }),
  })
  .openapi("OAuthError");
const refusals = { default: json(oauthError, "Why not, in OAuth's own words (RFC 6749, section 5.2; RFC 8628)") };

const routes = {
  begin: createRoute({
    method: "post",
    path: "/auth/device",
    tags,
    summary: "Begin the login of a device, which a person lets in on a page (RFC 8628; everybody)",
    security: open,
    request: {
      body: form(
        z.object({
          client_id: z.string().max(100).openapi({ description: "What the client is called; people read it" }),
          scope: z.string().max(200).default("read publish").openapi({ description: "Of read, publish, admin" }),
          device_name: z.string().max(200).optional(),
        }),
      ),
    },
    responses: {
      200: json(
        z.object({
          device_code: z.string(),
          user_code: z.string(),
          verification_uri: z.string(),
          verification_uri_complete: z.string(),
          expires_in: z.int(),
          interval: z.int(),
        }),
        "Codes for the client and for its person",
      ),
      ...refusals,
    },
  }),
  token: createRoute({
    method: "post",
    path: "/auth/device/token",
    tags,
    summary: "Ask whether the device has been let in (RFC 8628; whoever has its code)",
    security: open,
    request: {
      body: form(
        z.object({ grant_type: z.string().max(100), device_code: z.string().max(200), client_id: z.string().max(100) }),
      ),
    },
    responses: {
      200: json(
        z.object({
          access_token: z.string(),
          token_type: z.literal("Bearer"),
          expires_in: z.int(),
          refresh_token: z.string(),
          scope: z.string(),
          handle: z.string().openapi({ description: "Who let the device in" }),
        }),
        "A session",
      ),
      ...refusals,
    },
  }),
};

function scopesOf(text: string): Scope[] {
  const words = [...new Set(text.split(" ").filter(Boolean))];
  if (words.length > 0 && words.every(isScope)) return words.filter(isScope);
  throw new RegistryError("invalid_request", "scope names something that nobody can be given.", {
    details: { oauth: "invalid_scope" },
    suggestions: ["Ask for some of read, publish, admin."],
  });
}

const said: Record<Exclude<DeviceAnswer["kind"], "session">, string> = {
  authorization_pending: "Nobody has let the device in yet. Ask again after the interval.",
  slow_down: "The device asks too often. Wait longer from now on.",
  access_denied: "The device was not let in.",
  expired_token: "The code is too old. Begin again.",
  invalid_grant: "The code is wrong, or was used before.",
};

const noStore = { "Cache-Control": "no-store", Pragma: "no-cache" };

/** What OAuth calls the registry's own errors. */
function oauthProblem(c: SurfaceContext, thrown: unknown): Response {
  const { code, message, details } = toRegistryError(c, thrown);
  const limited = code === "rate_limited";
  const wait = details["retryAfter"];
  if (typeof wait === "number") c.header("Retry-After", String(wait));
  const own = typeof details["oauth"] === "string" ? details["oauth"] : undefined;
  const refused = code === "second_factor_required" || code === "denied";
  const error =
    own ??
    (limited
      ? "slow_down"
      : code === "invalid_request"
        ? "invalid_request"
        : refused
          ? "access_denied"
          : "server_error");
  const status = limited ? 429 : error === "server_error" ? 503 : 400;
  return c.json({ error, error_description: message }, status, noStore);
}

/** Device login. Faults come in OAuth's envelope, not in the registry's: generic clients read these. */
export const deviceLoginRoutes = restRouter()
  .openapi(routes.begin, async (c) => {
    const { client_id: client, scope, device_name: device } = c.req.valid("form");
    const agent = c.req.header("user-agent");
    const begun = await beginDeviceLogin(c.get("ctx"), { client, device, scopes: scopesOf(scope), agent });
    const page = `${publicOriginOf(c)}/device`;
    return c.json(
      {
        device_code: begun.deviceCode,
        user_code: begun.userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?code=${begun.userCode}`,
        expires_in: deviceLifetime,
        interval: pollInterval,
      },
      200,
      noStore,
    );
  })
  .openapi(routes.token, async (c) => {
    const { grant_type: grant, device_code: deviceCode } = c.req.valid("form");
    if (grant !== deviceGrant) {
      return c.json({ error: "unsupported_grant_type", error_description: `Only ${deviceGrant}.` }, 400, noStore);
    }
    const answer = await finishDeviceLogin(c.get("ctx"), deviceCode, c.req.header("user-agent"));
    if (answer.kind !== "session") {
      const more = answer.kind === "slow_down" ? { interval: answer.interval } : {};
      return c.json({ error: answer.kind, error_description: said[answer.kind], ...more }, 400, noStore);
    }
    const { token, expiresIn, refreshToken, user } = answer.session;
    const tokens = { access_token: token, token_type: "Bearer" as const, expires_in: expiresIn };
    const scope = answer.scopes.join(" ");
    return c.json({ ...tokens, refresh_token: refreshToken, scope, handle: user.handle as string }, 200, noStore);
  });
deviceLoginRoutes.onError((error, c) => oauthProblem(c, error));
