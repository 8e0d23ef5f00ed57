import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { mayBeRecent, questionOf, readRepository } from "../repositories/index.ts";
import { manifestByDigest, manifestByTag } from "./store.ts";

/** A manifest that the caller may read. Its bytes are not fetched until `open`. */
export interface ReadableManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly isPublic: boolean;
  open(): Promise<Uint8Array | ReadableStream<Uint8Array>>;
}

interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly objectKey: string;
  readonly body: Buffer | null;
}

/** Finds a manifest by digest or tag. Errors: `manifest_unknown`, `name_unknown`, those of the credential. */
export async function readManifest(
  ctx: Context,
  parts: RepositoryParts,
  reference: { digest: Digest } | { tag: string },
): Promise<ReadableManifest> {
  const find = () => findManifest(ctx, parts, reference);
  const remembered = (key: string) => ctx.reads.through(questionOf(ctx, parts, key), find);
  if ("digest" in reference) return readable(ctx, await remembered(reference.digest));
  // A tag moves, and whoever moves it must see that at once.
  const recent = mayBeRecent(ctx, parts.repository);
  return readable(ctx, await (recent ? remembered(`tag ${reference.tag}`) : find()));
}

interface FoundManifest extends StoredManifest {
  readonly isPublic: boolean;
  readonly bytes: number;
}

async function findManifest(
  ctx: Context,
  parts: RepositoryParts,
  reference: { digest: Digest } | { tag: string },
): Promise<FoundManifest> {
  const { repository, rows } =
    "digest" in reference
      ? await readRepository(ctx, parts, (db) => manifestByDigest(db, parts, reference.digest))
      : await readRepository(ctx, parts, (db) => manifestByTag(db, parts, reference.tag));
  const row = rows[0];
  if (!row || (row.hidden && !repository.insider)) {
    const wanted = "digest" in reference ? reference.digest : reference.tag;
    throw new RegistryError("manifest_unknown", `There is no "${wanted}" in ${parts.repository}.`, {
      suggestions: ["List the tags to see what is there."],
    });
  }
  return { ...row, isPublic: repository.isPublic && !row.hidden, bytes: row.body?.byteLength ?? 0 };
}

function readable(ctx: Context, row: FoundManifest): ReadableManifest {
  return {
    digest: row.digest as Digest,
    mediaType: row.mediaType,
    size: row.size,
    isPublic: row.isPublic,
    open: () => openManifest(ctx, row),
  };
}

/** The bytes of a manifest row: from the index when small, from the store otherwise. */
export async function openManifest(
  ctx: Context,
  row: { readonly objectKey: string; readonly body: Buffer | null },
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  if (row.body) return new Uint8Array(row.body);
  const stream = await ctx.blobs.get(row.objectKey);
  if (stream) return stream;
  throw new RegistryError("unavailable", "The manifest's bytes are missing from the store.", {
    details: { key: row.objectKey },
    suggestions: ["Repeat the call later; if it keeps failing, tell the operator the request id."],
  });
}
