import type { Digest } from "../digests.ts";
import { matchesPattern } from "./pattern.ts";
import { durationMs, type RetentionPolicy, type RetentionRule } from "./policy.ts";

/** A tag as retention sees it. Times are milliseconds since the epoch. */
export interface RetainedTag {
  readonly tag: string;
  readonly digest: Digest;
  /** When the tag was set to this digest. */
  readonly pushedAt: number;
  readonly pulledAt: number | null;
  /** State of the version that the tag is; null for a label. */
  readonly version: string | null;
}

/** A manifest that no tag, version, index or living subject holds. */
export interface LooseManifest {
  readonly digest: Digest;
  readonly pushedAt: number;
  readonly pulledAt: number | null;
}

export interface RetainedArtifact {
  readonly tags: readonly RetainedTag[];
  readonly loose: readonly LooseManifest[];
  /** Which of the manifests that tags such as `sha256-….sig` speak of are here. */
  readonly subjects: ReadonlySet<string>;
}

export interface Verdict {
  /** Absent for a manifest without a tag. */
  readonly tag?: string;
  readonly digest: Digest;
  readonly keep: boolean;
  /** Why, in words. */
  readonly reason: string;
}

/** cosign and others keep what they say about a manifest under a tag that is made of its digest. */
const subjectTag = /^sha(256|512)-([0-9a-f]{64,128})(?:\.[\w.-]+)?$/;

/** The digest that such a tag speaks of. */
export function subjectOfTag(tag: string): Digest | undefined {
  const [, bits, hex] = subjectTag.exec(tag) ?? [];
  return hex === undefined ? undefined : (`sha${bits}:${hex}` as Digest);
}

/**
 * Says of every tag and loose manifest whether it stays, and why. A tag that rules match and none of them keeps goes;
 * a tag that no rule matches stays. Never goes what `latest` names, and no version that is yanked or quarantined.
 */
export function evaluateRetention(policy: RetentionPolicy, artifact: RetainedArtifact, now: number): Verdict[] {
  const latest = artifact.tags.find(({ tag }) => tag === "latest")?.digest;
  const newest = artifact.tags.toSorted((a, b) => b.pushedAt - a.pushedAt || (a.tag < b.tag ? -1 : 1));
  const ranked = policy.rules.map((rule) => {
    const matching = newest.filter(
      (tag) => shelter(tag, latest, artifact.subjects) === undefined && matches(rule, tag),
    );
    return { rule, rank: new Map(matching.map(({ tag }, index) => [tag, index])) };
  });
  const tags = artifact.tags.map((tag): Verdict => {
    const { digest } = tag;
    const verdict = (keep: boolean, reason: string) => ({ tag: tag.tag, digest, keep, reason });
    const sheltered = shelter(tag, latest, artifact.subjects);
    if (sheltered !== undefined) return verdict(true, sheltered);
    const ruling = ranked.filter(({ rank }) => rank.has(tag.tag));
    if (ruling.length === 0) return verdict(true, unmatched(policy, tag));
    for (const { rule, rank } of ruling) {
      const reason = keptBy(rule, tag, rank.get(tag.tag) ?? 0, now);
      if (reason !== undefined) return verdict(true, reason);
    }
    return verdict(
      false,
      `kept by no rule that matches it (${ruling.map(({ rule }) => rule.tags.join(", ")).join("; ")})`,
    );
  });
  return [...tags, ...artifact.loose.map((manifest) => judgeLoose(policy, manifest, now))];
}

/** Why a tag stays whatever the rules say. */
function shelter(tag: RetainedTag, latest: Digest | undefined, subjects: ReadonlySet<string>): string | undefined {
  if (tag.digest === latest) return "latest names it";
  if (tag.version !== null && tag.version !== "published" && tag.version !== "deprecated") {
    return `it is ${tag.version}`;
  }
  const subject = tag.version === null ? subjectOfTag(tag.tag) : undefined;
  return subject !== undefined && subjects.has(subject) ? "it speaks of a manifest that is here" : undefined;
}

function matches(rule: RetentionRule, { tag, version }: RetainedTag): boolean {
  return (version === null || rule.versions) && rule.tags.some((pattern) => matchesPattern(pattern, tag));
}

function unmatched({ rules }: RetentionPolicy, { tag, version }: RetainedTag): string {
  const named = rules.some((rule) => rule.tags.some((pattern) => matchesPattern(pattern, tag)));
  return version !== null && named ? "it is a version, and no rule with versions matches it" : "no rule matches it";
}

function keptBy(rule: RetentionRule, tag: RetainedTag, rank: number, now: number): string | undefined {
  const { keepLast, pushedWithin, pulledWithin } = rule;
  if (keepLast !== undefined && rank < keepLast) return `among the last ${keepLast} of ${rule.tags.join(", ")}`;
  if (pushedWithin !== undefined && tag.pushedAt > now - durationMs(pushedWithin)) {
    return `pushed within ${pushedWithin}`;
  }
  // Nothing can be pulled before it is pushed: what is new counts as used.
  if (pulledWithin !== undefined && lastUse(tag) > now - durationMs(pulledWithin)) {
    return `pulled or pushed within ${pulledWithin}`;
  }
  return undefined;
}

const lastUse = ({ pushedAt, pulledAt }: Pick<RetainedTag, "pushedAt" | "pulledAt">) =>
  Math.max(pushedAt, pulledAt ?? 0);

function judgeLoose({ untagged }: RetentionPolicy, manifest: LooseManifest, now: number): Verdict {
  const { digest } = manifest;
  if (!untagged) return { digest, keep: true, reason: "it has no tag, and nothing is said about that" };
  const keep = lastUse(manifest) > now - durationMs(untagged.unusedFor);
  return {
    digest,
    keep,
    reason: keep
      ? `it has no tag, but was pushed or pulled within ${untagged.unusedFor}`
      : `it has no tag and was not used for ${untagged.unusedFor}`,
  };
}
