import { type Digest, digestAlgorithm, digestBytes } from "../../../core/digests.ts";
import { RegistryError, unwrap } from "../../../core/errors.ts";
import { namespacePath, type RepositoryParts } from "../../../core/identifiers.ts";
import {
  contentSize,
  type OciManifest,
  parseOciManifest,
  references,
  requiredBlobs,
} from "../../../core/oci-manifest.ts";
import { isTag } from "../../../core/references.ts";
import { isVersion, type Version } from "../../../core/versions.ts";
import type { Context } from "../../context.ts";
import type { ManifestRow } from "../../objects/namespace-graph/events.ts";
import { assertTaken } from "../../limits/index.ts";
import { runCommand } from "../../objects/namespace-graph/client.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { manifestKey } from "../../storage/paths.ts";
import { auditOrigin } from "../audit/index.ts";
import { dropObject, pinLinks } from "../blobs/index.ts";
import { describeVersion, typeOf } from "./describe-content.ts";
import { assertNotConfusable } from "../names/index.ts";
import { requireRepository } from "../repositories/index.ts";
import { assertFreshFactor } from "../second-factor/index.ts";
import { judgeContent } from "./judge-content.ts";
import { assertTrustedEnough } from "../trusted-publishing/index.ts";
import { objectOfManifest } from "./store.ts";

/** Manifests up to this size are kept beside the index as well, so that a pull needs one round trip. */
const inlineLimit = 64 * 1024;
/** Annotations of a referrer are kept in its row, whose size has a limit, and travel in every list of referrers. */
const annotationsLimit = 256 * 1024;

export interface PublishInput {
  readonly bytes: Uint8Array;
  /** Media type of the request without parameters; undefined when none was given. */
  readonly contentType: string | undefined;
  /** Set when the manifest is addressed by digest: the bytes must have it. */
  readonly digest?: Digest | undefined;
  /** Labels and at most one version to publish it as. */
  readonly tags: readonly string[];
}

export interface Published {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
  /** False when everything was there already. */
  readonly changed: boolean;
  /** True when it waits until somebody releases it: outsiders do not see it. */
  readonly held: boolean;
}

/**
 * The one way anything is published, whichever protocol asks: checks the manifest and that its content is here,
 * stores the bytes, and commits tags and version through the namespace's graph.
 * Errors: `manifest_invalid`, `manifest_blob_unknown`, `digest_invalid`, `version_exists`, `version_gone`,
 * `type_mismatch`, `manifest_too_large`, `rate_limited`, `unavailable`, those of `assertMay` for "push", `denied` where
 * only trusted publishers publish, `second_factor_required` where only people with a fresh factor do, and for what the organisation's policy does not take,
 * `name_confusable` for a first push under a name that looks like a popular one.
 */
export async function publishManifest(ctx: Context, parts: RepositoryParts, input: PublishInput): Promise<Published> {
  const repository = await requireRepository(ctx, parts, "push");
  const manifest = parseOciManifest(input.bytes, input.contentType);
  const digest = await digestBytes(input.digest ? digestAlgorithm(input.digest) : "sha256", input.bytes);
  if (input.digest && input.digest !== digest) {
    throw new RegistryError("digest_invalid", "The manifest does not have the digest that it was sent to.", {
      details: { expected: input.digest, actual: digest },
      suggestions: ["Send the exact bytes that the digest was computed from."],
    });
  }
  const { labels, version } = sortTags(input.tags);
  await assertTrustedEnough(ctx, parts, { digest, version, labels });
  await assertFreshFactor(ctx, { namespaceId: repository.namespaceId, name: parts.name });
  if (!repository.artifact) await assertNotConfusable(ctx, parts, repository.namespaceId);
  assertListable(manifest);
  await requireBlobs(ctx, parts, manifest);
  if (version) assertTaken(await ctx.limiter.take("publish", callerOf(ctx)));
  const described = version && (await describeVersion(ctx, parts, version, manifest));
  const held = await judgeContent(ctx, repository, { digest, labels, described });

  const key = manifestKey(digest, crypto.randomUUID());
  await ctx.blobs.put(key, sourceFromBytes(input.bytes)).catch((error: unknown) => {
    // It may be stored although the answer was lost.
    ctx.afterwards(dropObject(ctx, key));
    throw error;
  });
  const { actor } = ctx;
  if (actor.kind !== "user") throw new TypeError("push needs a user");
  const origin = {
    namespaceId: repository.namespaceId,
    namespace: namespacePath(parts.kind, parts.handle),
    userId: actor.userId,
    publisher: actor.publisher,
    audit: auditOrigin(ctx),
  };
  const outcome = await runCommand(ctx.graph(repository.namespaceId), "publishManifest", origin, {
    name: parts.name,
    manifest: manifestRow(manifest, digest, key, input.bytes),
    children: manifest.manifests.map((child) => child.digest),
    labels,
    version: version && described && { version, size: contentSize(manifest), manifest: described, by: actor.handle },
    type: described?.type ?? typeOf(manifest),
    description: described?.description,
    hold: held.length > 0 ? { reasons: held, by: actor.handle } : undefined,
  }).finally(() => ctx.reads.forget(parts.repository));
  // Not wanted: refused, or the same bytes were here before. After "unavailable" the commit may stand, so they stay.
  const wanted = outcome.ok ? outcome.value.stored : outcome.error.code === "unavailable";
  if (!wanted) ctx.afterwards(dropCopy(ctx, parts, { digest, key, bytes: input.bytes }));
  const { changed, held: waits } = unwrap(outcome);
  if (changed) {
    const { userId: user, publisher } = actor;
    ctx.log.info("artifact.published", { repository: parts.repository, digest, version, user, run: publisher?.run });
  }
  return { digest, subject: manifest.subject?.digest, changed, held: waits };
}

/** Whose versions are counted. */
function callerOf({ actor }: Context): string {
  if (actor.kind !== "user") throw new TypeError("push needs a user");
  return `user:${actor.userId}`;
}

/**
 * Deletes the second copy of a manifest. A large one is in no other place than the store: should the first copy have been
 * lost there, pushing the same manifest again brings it back.
 */
async function dropCopy(
  ctx: Context,
  parts: RepositoryParts,
  copy: { digest: Digest; key: string; bytes: Uint8Array },
): Promise<void> {
  try {
    if (copy.bytes.byteLength <= inlineLimit) return;
    const first = await objectOfManifest(ctx.db, parts, copy.digest);
    if (first !== undefined && (await ctx.blobs.size(first)) === undefined) {
      await ctx.blobs.put(first, sourceFromBytes(copy.bytes));
      ctx.log.warn("manifest.restored", { repository: parts.repository, digest: copy.digest });
    }
  } finally {
    await dropObject(ctx, copy.key);
  }
}

function sortTags(tags: readonly string[]): { labels: string[]; version: Version | undefined } {
  const unique = [...new Set(tags)];
  const bad = unique.find((tag) => !isTag(tag));
  const versions = unique.filter(isVersion);
  if (bad !== undefined || versions.length > 1) {
    throw new RegistryError(
      "manifest_invalid",
      bad === undefined
        ? "One manifest cannot be published as two versions at once."
        : `"${bad.slice(0, 160)}" is not a valid tag.`,
      {
        suggestions:
          bad === undefined
            ? ["Publish one version per call."]
            : ["A tag has at most 128 letters, digits, '.', '_' and '-', and does not start with '.' or '-'."],
      },
    );
  }
  return { labels: unique.filter((tag) => !isVersion(tag)), version: versions[0] };
}

function assertListable(manifest: OciManifest): void {
  if (!manifest.subject || JSON.stringify(manifest.annotations ?? {}).length <= annotationsLimit) return;
  throw new RegistryError(
    "manifest_too_large",
    `The annotations of a referrer may have ${annotationsLimit} characters together.`,
    {
      details: { limit: annotationsLimit },
      suggestions: ["Put what is long into a layer."],
    },
  );
}

async function requireBlobs(ctx: Context, parts: RepositoryParts, manifest: OciManifest): Promise<void> {
  const missing = await pinLinks(ctx.db, parts.repository, requiredBlobs(manifest), ctx.now());
  if (missing.length === 0) return;
  throw new RegistryError(
    "manifest_blob_unknown",
    `${missing.length} blob(s) of the manifest were not uploaded to ${parts.repository}.`,
    {
      details: { missing: missing.slice(0, 20) },
      suggestions: ["Upload or mount the missing blobs, then send the manifest again."],
    },
  );
}

function manifestRow(manifest: OciManifest, digest: Digest, objectKey: string, bytes: Uint8Array): ManifestRow {
  return {
    digest,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType ?? null,
    size: bytes.byteLength,
    subject: manifest.subject?.digest ?? null,
    // Only the referrers API shows annotations, so only referrers keep them in the index.
    annotations: manifest.subject ? (manifest.annotations ?? null) : null,
    objectKey,
    body:
      bytes.byteLength <= inlineLimit ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) : null,
    references: references(manifest),
  };
}
