import { ApiError } from "./errors.ts";
import type { Transport } from "./transport.ts";
import type { Scope } from "./types.ts";

/** What a device shows to its person, and what it asks with. */
export interface DeviceCodes {
  /** Secret. */
  readonly deviceCode: string;
  /** `XXXX-XXXX`. */
  readonly userCode: string;
  /** Where the person types the code, and the same with the code in it. */
  readonly page: string;
  readonly pageWithCode: string;
  readonly expiresInSeconds: number;
  /** Seconds between questions. */
  readonly interval: number;
}

/** A session of whoever let the device in. */
export interface DeviceSession {
  readonly token: string;
  readonly refreshToken: string;
  readonly scopes: readonly Scope[];
  readonly user: { readonly handle: string };
}

export type DeviceAnswer =
  | { readonly kind: "waiting"; readonly slowDown: boolean }
  | { readonly kind: "denied" | "expired" }
  | { readonly kind: "session"; readonly session: DeviceSession };

interface OAuthFault {
  readonly error: string;
  readonly error_description?: string;
}

const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** Login of a device by a person with a browser (RFC 8628). Every call may throw `ApiError`. */
export class DeviceLogin {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `client` and `device` are shown to the person. */
  async begin(wanted: { client: string; device?: string; scopes: readonly Scope[] }): Promise<DeviceCodes> {
    const { client, device, scopes } = wanted;
    const fields = { client_id: client, scope: scopes.join(" "), ...(device ? { device_name: device } : {}) };
    const answer = await this.#post<Record<"device_code" | "user_code", string> & Record<string, unknown>>("", fields);
    if ("error" in answer) throw faultOf(answer as unknown as OAuthFault);
    return {
      deviceCode: answer.device_code,
      userCode: answer.user_code,
      page: String(answer["verification_uri"]),
      pageWithCode: String(answer["verification_uri_complete"]),
      expiresInSeconds: Number(answer["expires_in"]),
      interval: Number(answer["interval"] ?? 5),
    };
  }

  /** Asks once whether the person has decided. Not more often than the interval allows. */
  async ask(client: string, deviceCode: string): Promise<DeviceAnswer> {
    const fields = { grant_type: grant, device_code: deviceCode, client_id: client };
    const answer = await this.#post<Record<string, string> | OAuthFault>("/token", fields);
    if (!("error" in answer) || answer.error === undefined) {
      const tokens = answer as Record<string, string>;
      const session = {
        token: tokens["access_token"] ?? "",
        refreshToken: tokens["refresh_token"] ?? "",
        scopes: (tokens["scope"] ?? "").split(" ") as Scope[],
        user: { handle: tokens["handle"] ?? "" },
      };
      return { kind: "session", session };
    }
    if (answer.error === "authorization_pending") return { kind: "waiting", slowDown: false };
    if (answer.error === "slow_down") return { kind: "waiting", slowDown: true };
    if (answer.error === "access_denied") return { kind: "denied" };
    if (answer.error === "expired_token") return { kind: "expired" };
    throw faultOf(answer as OAuthFault);
  }

  #post<T>(path: string, fields: Record<string, string>): Promise<T> {
    return this.#transport.json({
      method: "POST",
      target: `/api/v1/auth/device${path}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new TextEncoder().encode(new URLSearchParams(fields).toString()),
      accept: [400],
      retry: "never",
    });
  }
}

function faultOf({ error, error_description: description }: OAuthFault): ApiError {
  return new ApiError("unsupported", description ?? `The registry answers ${error}.`, {
    suggestions: ["Log in with the password instead, or with an API key."],
  });
}
