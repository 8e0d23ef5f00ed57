import type { PublisherProvider } from "../../../core/oidc-issuers.ts";
import type { Claims, Identity } from "./identity.ts";

/** Which runs may publish, as it is asked for and shown. */
export type RuleInput =
  | {
      readonly provider: "github";
      readonly issuer?: string | undefined;
      readonly owner: string;
      readonly repository: string;
      /** File in `.github/workflows`. */
      readonly workflow: string;
      readonly environment?: string | undefined;
      readonly ref?: string | undefined;
      readonly ownerId?: string | undefined;
      readonly repositoryId?: string | undefined;
    }
  | {
      readonly provider: "gitlab";
      readonly issuer?: string | undefined;
      /** Path with its groups. */
      readonly project: string;
      readonly configFile: string;
      readonly environment?: string | undefined;
      readonly ref?: string | undefined;
      readonly namespaceId?: string | undefined;
      readonly projectId?: string | undefined;
    }
  | {
      readonly provider: "oidc";
      readonly issuer: string;
      /** All of them have to be in the token, letter by letter. */
      readonly claims: Readonly<Record<string, string>>;
    };

/** A rule as it is kept. */
export interface RuleConditions {
  readonly provider: PublisherProvider;
  /** Lower case, except for a subject. */
  readonly source: string;
  readonly conditions: Readonly<Record<string, string>>;
  readonly pins: Readonly<Record<string, string>> | null;
}

const given = (entries: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined));

const orNull = (pins: Record<string, string>) => (Object.keys(pins).length > 0 ? pins : null);

/** What tokens are found by. Names at GitHub and GitLab are the same whatever their case; subjects are not. */
export function lookupKey(provider: PublisherProvider, source: string): string {
  return provider === "oidc" ? source : source.toLowerCase();
}

/** Brings a rule into the form in which it is kept. */
export function conditionsOf(input: RuleInput): RuleConditions {
  const { provider } = input;
  if (provider === "oidc") {
    return { provider, source: input.claims["sub"] ?? "", conditions: { ...input.claims }, pins: null };
  }
  const { environment, ref } = input;
  if (provider === "github") {
    const source = `${input.owner}/${input.repository}`;
    return {
      provider,
      source: lookupKey(provider, source),
      conditions: given({ repository: source, workflow: input.workflow, environment, ref }),
      pins: orNull(given({ repository_owner_id: input.ownerId, repository_id: input.repositoryId })),
    };
  }
  return {
    provider,
    source: lookupKey(provider, input.project),
    conditions: given({ project: input.project, workflow: input.configFile, environment, ref }),
    pins: orNull(given({ namespace_id: input.namespaceId, project_id: input.projectId })),
  };
}

/** Started by strangers' pull requests, with the rights of the repository: what they run is not the owner's to vouch for. */
const foreignTriggers = new Set(["pull_request_target", "workflow_run"]);

/** True when the run is one that the rule is about. Pins that the rule has must hold; it may have none yet. */
export function matches(rule: RuleConditions, identity: Identity, claims: Claims): boolean {
  if (rule.provider !== identity.provider || rule.source !== lookupKey(rule.provider, identity.source)) return false;
  if (!pinsHold(rule.pins, identity)) return false;
  const { conditions } = rule;
  if (rule.provider === "oidc") return Object.entries(conditions).every(([name, value]) => claims[name] === value);
  if (rule.provider === "github" && foreignTriggers.has(identity.trigger ?? "")) return false;
  const { workflow, environment, ref } = conditions;
  return (
    workflow === identity.workflow &&
    (environment === undefined || environment.toLowerCase() === identity.environment?.toLowerCase()) &&
    (ref === undefined || ref === identity.ref)
  );
}

/** True when the owner and the repository behind the names are those of the rule. */
export function pinsHold(pins: Readonly<Record<string, string>> | null, { pins: shown }: Identity): boolean {
  return Object.entries(pins ?? {}).every(([name, id]) => shown[name] === id);
}
