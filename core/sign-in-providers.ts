import { z } from "zod";
import { outsideUrl } from "./outside-urls.ts";

/** Somebody with whom people can sign in, as the operator configured them. */
export interface SignInProvider {
  /** Names the provider in addresses, and in policies of organisations. */
  readonly id: string;
  /** `github` speaks OAuth and GitHub's own API; `oidc` is every OpenID provider. */
  readonly kind: "github" | "oidc";
  /** What people know it by. */
  readonly name: string;
  /** Whose word it is that somebody is who they are: the issuer, or GitHub's address. Identities are known by it. */
  readonly issuer: string;
  /** GitHub's API. */
  readonly api: string | undefined;
  readonly clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  /** Whether a person who is new here may make an account with it. Undefined: as the registry does for everybody. */
  readonly signUp: boolean | undefined;
}

/** No provider: what sessions say that were opened in the registry's own ways. */
const reserved = ["password", "passkey", "device"];

const address = z.string().transform((text, context): string => {
  try {
    outsideUrl(text, { loopback: true, operators: true });
    return text.replace(/\/$/, "");
  } catch (error) {
    context.addIssue(`"${text.slice(0, 200)}" cannot be used: ${(error as Error).message}`);
    return z.NEVER;
  }
});
const common = {
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, "id: small letters, digits and hyphens")
    .refine((id) => !reserved.includes(id), "id: this name is taken"),
  name: z.string().trim().min(1).max(40).optional(),
  clientId: z.string().min(1).max(300),
  signUp: z.boolean().optional(),
};
const scopes = z.array(z.string().regex(/^[!#-[\]-~]+$/)).max(20);
const providerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("github"), url: address.optional(), api: address.optional() }),
  z.strictObject({ ...common, kind: z.literal("google") }),
  z.strictObject({ ...common, kind: z.literal("oidc"), issuer: z.string(), scopes: scopes.optional() }),
]);
type Given = z.infer<typeof providerSchema>;

const github = "https://github.com";
const google = "https://accounts.google.com";
const openidScopes = ["openid", "email", "profile"];

function withDefaults(given: Given): Omit<SignInProvider, "clientSecret"> {
  const { id, clientId, signUp } = given;
  const shared = { id, clientId, signUp };
  if (given.kind === "github") {
    const issuer = given.url ?? github;
    const api = given.api ?? (issuer === github ? "https://api.github.com" : `${issuer}/api/v3`);
    return {
      ...shared,
      kind: "github",
      name: given.name ?? "GitHub",
      issuer,
      api,
      scopes: ["read:user", "user:email"],
    };
  }
  const oidc = { ...shared, kind: "oidc", api: undefined } as const;
  if (given.kind === "google") return { ...oidc, name: given.name ?? "Google", issuer: google, scopes: openidScopes };
  // An issuer is compared letter by letter: its spelling stays as it is.
  outsideUrl(given.issuer, { loopback: true, operators: true });
  const asked = given.scopes ?? openidScopes;
  return {
    ...oidc,
    name: given.name ?? new URL(given.issuer).hostname,
    issuer: given.issuer,
    scopes: asked.includes("openid") ? asked : ["openid", ...asked],
  };
}

function parsed<T>(setting: string, schema: z.ZodType<T>, text: string | undefined, empty: T): T {
  if (text === undefined || text.trim() === "") return empty;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${setting}: it is not JSON`);
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${setting}: ${issue?.path.length ? `${issue.path.join(".")}: ` : ""}${issue?.message}`);
}

/**
 * Reads `GATI_SIGN_IN`: a JSON list of providers, such as `[{"kind":"github","id":"github","clientId":"…"}]`; and
 * `GATI_SIGN_IN_SECRETS`: a JSON object of client secrets by the providers' ids. Throws a plain Error that names what is
 * wrong, never a secret.
 */
export function parseSignIn(text: string | undefined, secrets: string | undefined): readonly SignInProvider[] {
  const given = parsed("GATI_SIGN_IN", z.array(providerSchema).max(20), text, []);
  const secretOf = parsed("GATI_SIGN_IN_SECRETS", z.record(z.string(), z.string().min(1)), secrets, {});
  const seen = new Set<string>();
  return given.map((one) => {
    if (seen.has(one.id)) throw new Error(`GATI_SIGN_IN: two providers are called "${one.id}"`);
    seen.add(one.id);
    const clientSecret = Object.hasOwn(secretOf, one.id) ? secretOf[one.id] : undefined;
    if (clientSecret === undefined && one.kind !== "oidc")
      throw new Error(`GATI_SIGN_IN_SECRETS: the secret of "${one.id}" is missing`);
    try {
      return { ...withDefaults(one), clientSecret };
    } catch (error) {
      throw new Error(`GATI_SIGN_IN: the issuer of "${one.id}" cannot be used: ${(error as Error).message}`, {
        cause: error,
      });
    }
  });
}
