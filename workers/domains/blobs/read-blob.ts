import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { RepositoryParts } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import type { ByteRange } from "../../storage/index.ts";
import { openSegments } from "../../storage/segments.ts";
import { questionOf, readRepository } from "../repositories/index.ts";
import { linkedBlobQuery } from "./store.ts";

/** A blob that the caller may read. Nothing is opened until `open`. */
export interface ReadableBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** True when strangers may read it too. */
  readonly isPublic: boolean;
  open(range: ByteRange): Promise<ReadableStream<Uint8Array>>;
  /** Address at which the caller may read it from the store itself; undefined when it has to come through here. */
  address(disposition: string | undefined): Promise<string | undefined>;
}

/** Finds a blob of a repository. Errors: `name_unknown`, `blob_unknown`, those of the credential. */
export async function readBlob(ctx: Context, parts: RepositoryParts, digest: Digest): Promise<ReadableBlob> {
  const blob = await ctx.reads.through(questionOf(ctx, parts, `blob ${digest}`), async () => {
    const { repository, rows } = await readRepository(ctx, parts, (db) =>
      linkedBlobQuery(db, parts.repository, digest),
    );
    const [row] = rows;
    if (!row || (row.hidden && !repository.insider)) throw unknownBlob(digest);
    return { ...row, isPublic: repository.isPublic && !row.hidden };
  });
  const [only, ...others] = blob.segments;
  return {
    digest,
    size: blob.size,
    isPublic: blob.isPublic,
    // What came in several requests is several objects, and no single address has them all.
    address: async (disposition) =>
      only && others.length === 0 ? ctx.addresses?.of(only.key, blob.isPublic, disposition) : undefined,
    open: (range) => openSegments(ctx.reader, blob.segments, range),
  };
}

export function unknownBlob(digest: Digest): RegistryError {
  return new RegistryError("blob_unknown", `There is no blob ${digest} in this repository.`, {
    details: { digest },
    suggestions: ["Upload it, or mount it from a repository that has it."],
  });
}
