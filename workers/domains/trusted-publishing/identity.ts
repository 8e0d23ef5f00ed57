import type { Issuer } from "../../../core/oidc-issuers.ts";
import type { Publisher } from "../auth/index.ts";

/** Claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token says about the run that holds it, in the words of the registry. */
export interface Identity extends Publisher {
  /** Full name of the branch or tag, `refs/heads/main`. */
  readonly ref: string | null;
  /** What started the run. */
  readonly trigger: string | null;
  /** Numeric ids behind the names: names can be given up and taken by somebody else, ids cannot. */
  readonly pins: Readonly<Record<string, string>>;
}

const text = (claim: unknown): string | null =>
  typeof claim === "string" && claim !== "" ? claim : typeof claim === "number" ? String(claim) : null;

/** The claims of those names; undefined when one is missing. */
function pinsOf(claims: Claims, names: readonly string[]): Record<string, string> | undefined {
  const pins = Object.fromEntries(names.map((name) => [name, text(claims[name])]));
  return Object.values(pins).includes(null) ? undefined : (pins as Record<string, string>);
}

/** The path behind `prefix` and before the last `@` of a reference such as `owner/repo/.github/workflows/x.yml@refs/…`. */
function pathBehind(reference: string | null, prefix: string): string | null {
  if (!reference?.toLowerCase().startsWith(prefix.toLowerCase())) return null;
  const at = reference.indexOf("@", prefix.length);
  return at < 0 ? null : reference.slice(prefix.length, at);
}

/**
 * Reads a token's claims as its provider means them:
 * GitHub https://docs.github.com/actions/reference/security/oidc, GitLab https://docs.gitlab.com/ci/secrets/id_token_authentication.
 * Undefined when a claim is missing that nothing can be decided without.
 */
export function identityOf({ provider, url }: Issuer, claims: Claims): Identity | undefined {
  const subject = text(claims["sub"]);
  if (subject === null) return undefined;
  const common = {
    provider,
    issuer: url,
    subject,
    environment: text(claims["environment"]),
    revision: text(claims["sha"]),
  };
  if (provider === "github") {
    const source = text(claims["repository"]);
    const owner = text(claims["repository_owner"]);
    const pins = pinsOf(claims, ["repository_owner_id", "repository_id"]);
    if (source === null || owner === null || !pins || source.split("/")[0] !== owner) return undefined;
    return {
      ...common,
      source,
      workflow: pathBehind(text(claims["workflow_ref"]), `${source}/.github/workflows/`),
      run: text(claims["run_id"]),
      ref: text(claims["ref"]),
      trigger: text(claims["event_name"]),
      pins,
    };
  }
  if (provider === "gitlab") {
    const source = text(claims["project_path"]);
    const namespace = text(claims["namespace_path"]);
    const pins = pinsOf(claims, ["namespace_id", "project_id"]);
    if (source === null || !pins || namespace !== source.slice(0, source.lastIndexOf("/"))) return undefined;
    return {
      ...common,
      source,
      workflow: pathBehind(text(claims["ci_config_ref_uri"]), `${new URL(url).host}/${source}//`),
      run: text(claims["pipeline_id"]),
      ref: text(claims["ref_path"]),
      trigger: text(claims["pipeline_source"]),
      pins,
    };
  }
  return {
    ...common,
    source: subject,
    workflow: null,
    run: text(claims["run_id"]),
    ref: null,
    trigger: null,
    pins: {},
  };
}
