import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Transport } from "./transport.ts";

/** What a policy says about some tags. Times are written as `36h`, `30d`, `8w`. What any criterion keeps stays. */
export interface RetentionRule {
  /** Patterns: `*` stands for any characters, `?` for one. */
  readonly tags: readonly string[];
  /** About versions too: a version that goes is unpublished, and its number stays taken. */
  readonly versions?: boolean;
  readonly keepLast?: number;
  readonly pushedWithin?: string;
  readonly pulledWithin?: string;
}

/** What may go: tags that rules match and none of them keeps, and manifests without a tag that were not used for so long. */
export interface RetentionPolicy {
  readonly rules: readonly RetentionRule[];
  readonly untagged?: { readonly unusedFor: string };
}

export interface RetentionPolicies {
  /** Of the namespace. */
  readonly policy: RetentionPolicy | null;
  /** Of artifacts that have one of their own, which takes the place of the namespace's. */
  readonly artifacts: Readonly<Record<string, RetentionPolicy>>;
}

export interface RetentionVerdict {
  /** Absent for a manifest without a tag. */
  readonly tag?: string;
  readonly digest: string;
  readonly keep: boolean;
  readonly reason: string;
}

export interface ArtifactRetention {
  readonly artifact: string;
  readonly verdicts: readonly RetentionVerdict[];
  /** Tags and digests that went; nothing in a dry run. What has changed since it was judged stays. */
  readonly removed: readonly string[];
}

export interface RetentionRunOptions {
  /** Only say what would go: needs the role read; otherwise the role admin and the scope admin. */
  readonly dryRun: boolean;
  readonly artifact?: string | undefined;
  /** Try this policy; only in a dry run. */
  readonly policy?: RetentionPolicy | undefined;
}

/** Retention policies of namespaces and artifacts. Every call may throw `ApiError`. */
export class Retention {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(namespace: NamespacePath): Promise<RetentionPolicies> {
    return this.#transport.json({ method: "GET", target: `/api/v1/namespaces/${namespace}/retention` });
  }

  /** Sets the policy of a namespace or of one of its artifacts; null takes it away. Needs the role and the scope admin. */
  set(namespace: NamespacePath, policy: RetentionPolicy | null, artifact?: string): Promise<RetentionPolicies> {
    return this.#transport.json({
      method: "PUT",
      target: `/api/v1/namespaces/${namespace}/retention`,
      json: { policy, ...(artifact === undefined ? {} : { artifact }) },
    });
  }

  /** Applies the policies now, or says what they would do, artifact by artifact. */
  async *run(namespace: NamespacePath, options: RetentionRunOptions): AsyncGenerator<ArtifactRetention> {
    const { dryRun, artifact, policy } = options;
    let cursor: string | null = null;
    do {
      const page: { cursor: string | null; artifacts: ArtifactRetention[] } = await this.#transport.json({
        method: "POST",
        target: `/api/v1/namespaces/${namespace}/retention/run`,
        json: {
          dryRun,
          ...(artifact === undefined ? {} : { artifact }),
          ...(policy === undefined ? {} : { policy }),
          ...(cursor === null ? {} : { cursor }),
        },
      });
      yield* page.artifacts;
      ({ cursor } = page);
    } while (cursor !== null);
  }
}
