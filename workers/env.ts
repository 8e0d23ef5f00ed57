import type { DownloadsMessage } from "../queues/messages.ts";
import type { NamespaceGraph } from "./objects/namespace-graph/index.ts";
import type { RateCounter } from "./objects/rate-counter/index.ts";
import type { UploadSession } from "./objects/upload-session/index.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { StoreEnv } from "./storage/store-env.ts";

export type { Settings, VerifyingKey } from "./settings.ts";

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
  readonly GATI_SEAL_KEYS?: string;
  /** Sends mail on Cloudflare; needs GATI_MAIL_FROM too. */
  readonly EMAIL?: SendEmail;
  readonly GATI_MAIL_FROM?: string;
  readonly GATI_SETUP_TOKEN?: string;
  readonly GATI_SIGN_UP?: string;
  readonly GATI_MAX_BODY?: string;
  readonly GATI_PUBLIC_URL?: string;
  readonly GATI_LIMITS?: string;
  readonly GATI_ADDRESS_HEADER?: string;
  readonly GATI_OIDC_ISSUERS?: string;
  readonly GATI_POPULAR_DOWNLOADS?: string;
  readonly GATI_DNS_RESOLVER?: string;
  readonly GATI_GITHUB_FILES?: string;
  readonly GATI_SIGN_IN?: string;
  readonly GATI_SIGN_IN_SECRETS?: string;
}

const parsed = new WeakMap<Env, Settings>();

/** Validates the settings once per isolate. Throws a plain Error that names the faulty setting, never its value. */
export function settingsOf(env: Env): Settings {
  const known = parsed.get(env);
  if (known) return known;
  const settings = readSettings(env);
  parsed.set(env, settings);
  return settings;
}
