import { z } from "zod";
import { type Issuer, parseIssuers } from "../core/oidc-issuers.ts";
import { outsideUrl } from "../core/outside-urls.ts";
import { parseSignIn, type SignInProvider } from "../core/sign-in-providers.ts";
import { parsePolicies, type Policies } from "./limits/policies.ts";

// Free of the platform's types, so that the one-machine server can judge the settings before it starts anything.

/** Text that `read` reads, or says in words what is wrong with it. */
function parsedBy<T>(read: (text: string | undefined) => T) {
  return z
    .string()
    .optional()
    .transform((text, context): T => {
      try {
        return read(text);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    });
}

/** Reads an address that the operator chose, without a slash at its end. */
function operatorsAddress(name: string, usual: string) {
  return (text = usual): string => {
    try {
      return outsideUrl(text, { operators: true, loopback: true }).href.replace(/\/$/, "");
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  };
}

const bytesExpected = "GATI_MAX_BODY: it has to be a number of bytes, 5000000 or more";

/** What operators choose. Every message begins with the setting's name. */
const choicesSchema = z.object({
  /** closed: only operators' setup makes accounts. */
  GATI_SIGN_UP: z.enum(["open", "closed"], "GATI_SIGN_UP: only open and closed are known").default("open"),
  /** Bytes of the largest request body that reaches the registry through what stands in front of it. */
  GATI_MAX_BODY: z.coerce
    .number(bytesExpected)
    .refine((bytes) => Number.isInteger(bytes) && bytes >= 5_000_000, bytesExpected)
    .optional(),
  /** Origin under which clients reach the registry, when that is not what a request says. */
  GATI_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: "GATI_PUBLIC_URL: it has to be an address such as https://registry.example" })
    .transform((text) => new URL(text).origin)
    .optional(),
  GATI_LIMITS: parsedBy(parsePolicies),
  /** Header in which whatever stands in front of the registry states the client's address. */
  GATI_ADDRESS_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "GATI_ADDRESS_HEADER: it has to be the name of one header, such as X-Real-IP")
    .optional(),
  /** Downloads from which on an artifact's name is protected against look-alikes. */
  GATI_POPULAR_DOWNLOADS: z.coerce
    .number("GATI_POPULAR_DOWNLOADS: it has to be a number of downloads")
    .int("GATI_POPULAR_DOWNLOADS: it has to be a number of downloads")
    .min(1, "GATI_POPULAR_DOWNLOADS: it has to be 1 or more")
    .default(1000),
  /** Resolver that answers in JSON, for the proofs of verified publishers. */
  GATI_DNS_RESOLVER: parsedBy(operatorsAddress("GATI_DNS_RESOLVER", "https://cloudflare-dns.com/dns-query")),
  /** Where files of public repositories of GitHub are read. */
  GATI_GITHUB_FILES: parsedBy(operatorsAddress("GATI_GITHUB_FILES", "https://raw.githubusercontent.com")),
  /** Whose tokens may publish by rules. */
  GATI_OIDC_ISSUERS: parsedBy(parseIssuers),
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

const settingsSchema = choicesSchema.extend({
  /** Where this runs: local, dev, staging, production. */
  GATI_ENVIRONMENT: z.string().min(1, "GATI_ENVIRONMENT: it must not be empty").default("local"),
  /** Issuer and audience of every token, and the `service` of the Bearer challenge. */
  GATI_SERVICE: z.string("GATI_SERVICE: it is not set").min(1, "GATI_SERVICE: it must not be empty"),
  GATI_TOKEN_KEY: z.string("GATI_TOKEN_KEY: it is not set").transform((text, context) => {
    const parsed = signingKeySchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue("GATI_TOKEN_KEY: it has to be a private Ed25519 JWK (make one with `npm run secrets`)");
    return z.NEVER;
  }),
  /** Keys that do not sign any more, or not yet, and whose tokens are good: an array of JWKs, or a JWK set. */
  GATI_TOKEN_KEYS_OLD: z
    .string()
    .default("[]")
    .transform((text, context) => {
      const parsed = oldKeysSchema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      context.addIssue(
        'GATI_TOKEN_KEYS_OLD: it has to be Ed25519 JWKs with a kid of its own each, as [..] or {"keys": [..]}',
      );
      return z.NEVER;
    }),
  /** Secrets, separated by commas, from which the keys are derived that seal what only the registry may read. */
  GATI_SEAL_KEYS: z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .refine((keys) => keys.every((one) => one.length >= 32), "GATI_SEAL_KEYS: each has to have 32 characters or more")
    .optional(),
  /** Address that mails come from. */
  GATI_MAIL_FROM: z.email("GATI_MAIL_FROM: it has to be an address of mail").optional(),
  GATI_SETUP_TOKEN: z.string().min(16, "GATI_SETUP_TOKEN: it has to have 16 characters or more").optional(),
});

export type VerifyingKey = z.infer<typeof verifyingKeySchema>;

export interface Settings {
  readonly environment: string;
  readonly service: string;
  /** Signs tokens. */
  readonly tokenKey: z.infer<typeof signingKeySchema>;
  /** Only verify. */
  readonly oldTokenKeys: readonly VerifyingKey[];
  /** The first seals, all open. Without a setting: the token key's private part. */
  readonly sealKeys: readonly string[];
  readonly mailFrom: string | undefined;
  readonly setupToken: string | undefined;
  /** Whether strangers may make accounts. */
  readonly openSignUp: boolean;
  /** Bytes of the largest request body; undefined when nothing limits it. */
  readonly maxBody: number | undefined;
  readonly limits: Policies;
  /** Undefined: the one that each client uses. */
  readonly publicOrigin: string | undefined;
  /** Undefined: nobody's address is known. */
  readonly addressHeader: string | undefined;
  readonly oidcIssuers: readonly Issuer[];
  /** Downloads from which on an artifact is popular. */
  readonly popularDownloads: number;
  /** Address of a resolver that answers in JSON. */
  readonly dnsResolver: string;
  /** Address under which files of public repositories of GitHub are. */
  readonly githubFiles: string;
  /** With whom people can sign in beside the registry itself. */
  readonly signInProviders: readonly SignInProvider[];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notConfigured = (...faults: string[]) => new Error(`The registry is not configured: ${faults.join("; ")}.`);

function validated<T>(schema: z.ZodType<T>, env: object): T {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  throw notConfigured(...result.error.issues.map(({ message }) => message));
}

/** Two settings that only make sense together: providers, and their secrets. */
function signInProvidersOf(env: object): readonly SignInProvider[] {
  const given = env as { GATI_SIGN_IN?: string; GATI_SIGN_IN_SECRETS?: string };
  try {
    return parseSignIn(given.GATI_SIGN_IN, given.GATI_SIGN_IN_SECRETS);
  } catch (error) {
    throw notConfigured((error as Error).message);
  }
}

/** Judges what operators choose, without the secrets. Throws a plain Error that names each faulty setting. */
export function checkChoices(env: object): void {
  validated(choicesSchema, env);
  signInProvidersOf(env);
}

/** Reads all settings: the names of `Env`. Throws a plain Error that names each faulty setting. */
export function readSettings(env: object): Settings {
  const given = validated(settingsSchema, env);
  return {
    environment: given.GATI_ENVIRONMENT,
    service: given.GATI_SERVICE,
    tokenKey: given.GATI_TOKEN_KEY,
    // The old list may be the registry's own key set, taken while today's key was its newest.
    oldTokenKeys: given.GATI_TOKEN_KEYS_OLD.filter(({ kid }) => kid !== given.GATI_TOKEN_KEY.kid),
    sealKeys: given.GATI_SEAL_KEYS ?? [given.GATI_TOKEN_KEY.d],
    mailFrom: given.GATI_MAIL_FROM,
    setupToken: given.GATI_SETUP_TOKEN,
    openSignUp: given.GATI_SIGN_UP === "open",
    maxBody: given.GATI_MAX_BODY,
    publicOrigin: given.GATI_PUBLIC_URL,
    limits: given.GATI_LIMITS,
    addressHeader: given.GATI_ADDRESS_HEADER,
    oidcIssuers: given.GATI_OIDC_ISSUERS,
    popularDownloads: given.GATI_POPULAR_DOWNLOADS,
    dnsResolver: given.GATI_DNS_RESOLVER,
    githubFiles: given.GATI_GITHUB_FILES,
    signInProviders: signInProvidersOf(env),
  };
}
