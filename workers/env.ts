import { z } from "zod";
import { type Issuer, parseIssuers } from "../core/oidc-issuers.ts";
import type { DownloadsMessage } from "../queues/messages.ts";
import type { NamespaceGraph } from "./objects/namespace-graph/index.ts";
import { parsePolicies, type Policies } from "./limits/index.ts";
import type { RateCounter } from "./objects/rate-counter/index.ts";
import type { UploadSession } from "./objects/upload-session/index.ts";
import type { StoreEnv } from "./storage/store-env.ts";

/** Bindings and settings as the platform hands them over. `wrangler.toml` declares them all. */
export interface Env extends StoreEnv {
  readonly DB: D1Database;
  readonly UPLOADS: DurableObjectNamespace<UploadSession>;
  readonly GRAPHS: DurableObjectNamespace<NamespaceGraph>;
  readonly COUNTERS: DurableObjectNamespace<RateCounter>;
  /** Only on Cloudflare: counts floods per location, beside what each isolate counts. */
  readonly FLOODS?: RateLimit;
  readonly DOWNLOADS: Queue<DownloadsMessage>;
  readonly GATI_ENVIRONMENT: string;
  readonly GATI_SERVICE: string;
  readonly GATI_TOKEN_KEY: string;
  readonly GATI_TOKEN_KEYS_OLD?: string;
  /** Sends mail on Cloudflare; needs GATI_MAIL_FROM too. */
  readonly EMAIL?: SendEmail;
  readonly GATI_MAIL_FROM?: string;
  readonly GATI_SETUP_TOKEN?: string;
  readonly GATI_SIGN_UP?: string;
  readonly GATI_MAX_BODY?: string;
  readonly GATI_LIMITS?: string;
  readonly GATI_ADDRESS_HEADER?: string;
  readonly GATI_OIDC_ISSUERS?: string;
}

const settingsSchema = z.object({
  /** Where this runs: local, dev, staging, production. */
  GATI_ENVIRONMENT: z.string().min(1).default("local"),
  /** Issuer and audience of every token, and the `service` of the Bearer challenge. */
  GATI_SERVICE: z.string().min(1),
  GATI_TOKEN_KEY: z.string().transform((text, context) => {
    const parsed = signingKeySchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("GATI_TOKEN_KEY must be a private Ed25519 JWK (make one with `npm run secrets`)");
    return z.NEVER;
  }),
  /** Keys that do not sign any more, or not yet, and whose tokens are good: an array of JWKs, or a JWK set. */
  GATI_TOKEN_KEYS_OLD: z
    .string()
    .default("[]")
    .transform((text, context) => {
      const parsed = oldKeysSchema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue('GATI_TOKEN_KEYS_OLD must be Ed25519 JWKs with a kid each, as [..] or {"keys": [..]}');
      return z.NEVER;
    }),
  /** Address that mails come from. */
  GATI_MAIL_FROM: z.email().optional(),
  /** closed: only operators' setup makes accounts. */
  GATI_SIGN_UP: z.enum(["open", "closed"]).default("open"),
  GATI_SETUP_TOKEN: z.string().min(16).optional(),
  /** Bytes of the largest request body that reaches the registry through what stands in front of it. */
  GATI_LIMITS: z
    .string()
    .optional()
    .transform((text, context) => {
      try {
        return parsePolicies(text);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    }),
  /** Header in which whatever stands in front of the registry states the client's address. */
  GATI_ADDRESS_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/)
    .optional(),
  /** Whose tokens may publish by rules. */
  GATI_OIDC_ISSUERS: z
    .string()
    .optional()
    .transform((text, context) => {
      try {
        return parseIssuers(text);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    }),
  GATI_MAX_BODY: z.coerce.number().int().min(5_000_000).optional(),
});

const verifyingKeySchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().min(1),
  /** Names the key in the header of each token. */
  kid: z.string().min(1).max(100),
});
const signingKeySchema = verifyingKeySchema
  .extend({ d: z.string().min(1), kid: z.string().min(1).max(100).optional() })
  .transform((key) => ({ ...key, kid: key.kid ?? key.x }));
// Private parts are dropped: what only verifies needs none.
const oldKeysSchema = z
  .union([z.array(verifyingKeySchema), z.object({ keys: z.array(verifyingKeySchema) }).transform(({ keys }) => keys)])
  .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length);

export type VerifyingKey = z.infer<typeof verifyingKeySchema>;

export interface Settings {
  readonly environment: string;
  readonly service: string;
  /** Signs tokens. */
  readonly tokenKey: z.infer<typeof signingKeySchema>;
  /** Only verify. */
  readonly oldTokenKeys: readonly VerifyingKey[];
  readonly mailFrom: string | undefined;
  readonly setupToken: string | undefined;
  /** Whether strangers may make accounts. */
  readonly openSignUp: boolean;
  /** Bytes of the largest request body; undefined when nothing limits it. */
  readonly maxBody: number | undefined;
  readonly limits: Policies;
  /** Undefined: nobody's address is known. */
  readonly addressHeader: string | undefined;
  readonly oidcIssuers: readonly Issuer[];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const parsed = new WeakMap<Env, Settings>();

/** Validates the settings once per isolate. Throws a plain Error that names the faulty setting, never its value. */
export function settingsOf(env: Env): Settings {
  const known = parsed.get(env);
  if (known) return known;
  const result = settingsSchema.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The registry is not configured: ${faults.join("; ")}`);
  }
  const settings: Settings = {
    environment: result.data.GATI_ENVIRONMENT,
    service: result.data.GATI_SERVICE,
    tokenKey: result.data.GATI_TOKEN_KEY,
    // The old list may be the registry's own key set, taken while today's key was its newest.
    oldTokenKeys: result.data.GATI_TOKEN_KEYS_OLD.filter(({ kid }) => kid !== result.data.GATI_TOKEN_KEY.kid),
    mailFrom: result.data.GATI_MAIL_FROM,
    setupToken: result.data.GATI_SETUP_TOKEN,
    openSignUp: result.data.GATI_SIGN_UP === "open",
    maxBody: result.data.GATI_MAX_BODY,
    limits: result.data.GATI_LIMITS,
    addressHeader: result.data.GATI_ADDRESS_HEADER,
    oidcIssuers: result.data.GATI_OIDC_ISSUERS,
  };
  parsed.set(env, settings);
  return settings;
}
