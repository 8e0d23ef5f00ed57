import type { Repository } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";

/** Which runs of a CI system may publish an artifact. */
export type PublisherRuleInput =
  | {
      readonly provider: "github";
      /** Of an enterprise server; GitHub's own unless said otherwise. */
      readonly issuer?: string;
      readonly owner: string;
      readonly repository: string;
      /** File in `.github/workflows`. */
      readonly workflow: string;
      readonly environment?: string;
      /** `refs/heads/main` or `refs/tags/v1`. */
      readonly ref?: string;
      /** Numeric ids of owner and repository; written down at the first use when absent. */
      readonly ownerId?: string;
      readonly repositoryId?: string;
    }
  | {
      readonly provider: "gitlab";
      readonly issuer?: string;
      readonly project: string;
      /** `.gitlab-ci.yml` unless said otherwise. */
      readonly configFile?: string;
      readonly environment?: string;
      readonly ref?: string;
      readonly namespaceId?: string;
      readonly projectId?: string;
    }
  | {
      readonly provider: "oidc";
      readonly issuer: string;
      /** Exactly so in the token; `sub` is one of them. */
      readonly claims: Readonly<Record<string, string>>;
    };

export interface PublisherRule {
  readonly id: string;
  readonly provider: "github" | "gitlab" | "oidc";
  readonly issuer: string;
  readonly conditions: Readonly<Record<string, string>>;
  /** Ids behind the names; complete after the first use. */
  readonly pins: Readonly<Record<string, string>> | null;
  /** Nothing is published under this name yet. */
  readonly pending: boolean;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

/** How an artifact is published. */
export interface ArtifactPublishing {
  /** New versions come from trusted publishers alone. */
  readonly trustedOnly: boolean;
  /** Nothing is published under this name yet. */
  readonly pending: boolean;
  readonly publishers: readonly PublisherRule[];
}

export interface PublishToken {
  /** Bearer token, and the password of the user `__token__` for OCI clients. */
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** What it may publish. */
  readonly repositories: readonly Repository[];
  readonly publisher: { readonly provider: string; readonly source: string; readonly run: string | null };
}

/** Trusted publishers: CI systems that publish without a key. Every call may throw `ApiError`. */
export class Publishing {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Needs the role read in the namespace. */
  get(repository: Repository): Promise<ArtifactPublishing> {
    return this.#transport.json({ method: "GET", target: `/api/v1/artifacts/${repository}/publishing` });
  }

  /** Lets runs publish an artifact, also one that does not exist yet. Needs the role and the scope admin. */
  add(repository: Repository, rule: PublisherRuleInput): Promise<PublisherRule> {
    return this.#transport.json({ method: "POST", target: `/api/v1/artifacts/${repository}/publishers`, json: rule });
  }

  /** Ends a rule and the tokens that it gave. Needs the role and the scope admin. */
  async remove(repository: Repository, id: string): Promise<void> {
    const target = `/api/v1/artifacts/${repository}/publishers/${encodeURIComponent(id)}`;
    await this.#transport.send({ method: "DELETE", target });
  }

  /** Takes new versions from trusted publishers alone, or from everybody who may write. Needs the role and the scope admin. */
  demandTrusted(repository: Repository, trustedOnly: boolean): Promise<ArtifactPublishing> {
    const target = `/api/v1/artifacts/${repository}/publishing`;
    return this.#transport.json({ method: "PATCH", target, json: { trustedOnly } });
  }

  /** What a CI system has to name as the audience of an ID token for this registry. */
  async audience(): Promise<string> {
    const target = "/api/v1/auth/oidc/audience";
    return (await this.#transport.json<{ audience: string }>({ method: "GET", target })).audience;
  }

  /** Exchanges an ID token, which is good once. `denied` when no artifact trusts the run. */
  exchange(token: string): Promise<PublishToken> {
    return this.#transport.json({ method: "POST", target: "/api/v1/auth/oidc/exchange", json: { token } });
  }
}
