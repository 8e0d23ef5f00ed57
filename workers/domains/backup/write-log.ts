import { digestAlgorithm, digestBytes, type Digest } from "../../../core/digests.ts";
import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { GraphEvent, ManifestRow } from "../../objects/namespace-graph/events.ts";
import type { Restored } from "../../objects/namespace-graph/restore.ts";
import { sourceFromBytes, sourceFromStream } from "../../storage/byte-source.ts";
import { manifestKey } from "../../storage/paths.ts";
import { openSegments } from "../../storage/segments.ts";
import { unknownName } from "../namespaces/index.ts";
import { parseEvent, type PortableEvent, type PortableManifest } from "./log-schema.ts";
import { requireRunning } from "./running-import.ts";
import { findBlob, namespaceById } from "./store.ts";

/**
 * Takes a part of a namespace's log, in order, and returns the number of the last event that is here then. Manifests
 * get objects of their own: out of their events when they are small, otherwise out of the blob of the same digest.
 * Events that are here already are passed over, so a call may be repeated; without lines it only tells where the log stands.
 * Errors: `invalid_request`, `name_unknown`, `already_done`, `digest_invalid`, those of `requireRunning`.
 */
export async function writeLog(
  ctx: Context,
  importId: string,
  namespaceId: string,
  input: { lines: readonly string[]; through: number },
): Promise<{ seq: number }> {
  await requireRunning(ctx, importId);
  const namespace = await namespaceById(ctx.db, namespaceId);
  if (!namespace) throw unknownName(namespaceId);
  const portable = input.lines.map(parseEvent);
  for (const event of portable) assertOwn(event, `${namespace.kind}/${namespace.handle}`);
  const written: WrittenObject[] = [];
  const events: GraphEvent[] = [];
  for (const event of portable) events.push(await placed(ctx, event, written));
  const outcome = (await ctx
    .graph(namespaceId)
    .restore(namespaceId, { events, through: input.through })) as Outcome<Restored>;
  ctx.reads.forget();
  await dropUnused(ctx, written, outcome);
  return { seq: unwrap(outcome).seq };
}

interface WrittenObject {
  readonly key: string;
  readonly seq: number;
}

function assertOwn(event: PortableEvent, namespace: string): void {
  for (const change of event.changes) {
    if (change.type !== "artifact.put" || change.artifact.repository === `${namespace}/${change.artifact.name}`)
      continue;
    throw new RegistryError("invalid_request", `Event ${event.seq} speaks of ${change.artifact.repository}.`, {
      suggestions: [`Send the log of ${namespace} here, and every other log to its own namespace.`],
    });
  }
}

/** The event with an object for each of its manifests. */
async function placed(ctx: Context, event: PortableEvent, written: WrittenObject[]): Promise<GraphEvent> {
  const changes: GraphEvent["changes"][number][] = [];
  for (const change of event.changes) {
    if (change.type !== "manifest.put") {
      changes.push(change);
      continue;
    }
    const key = manifestKey(change.manifest.digest, crypto.randomUUID());
    if (await store(ctx, change.manifest, key)) written.push({ key, seq: event.seq });
    const { digest, mediaType, artifactType, size, subject, annotations, ...rest } = change.manifest;
    const manifest: ManifestRow = {
      digest,
      mediaType,
      artifactType,
      size,
      subject,
      annotations,
      objectKey: key,
      ...rest,
    };
    changes.push({ ...change, manifest });
  }
  return { ...event, changes };
}

/** Stores a manifest's bytes. False when there are none: a manifest that a later event deletes left only its trace. */
async function store(ctx: Context, manifest: PortableManifest, key: string): Promise<boolean> {
  const { digest, size, body } = manifest;
  if (body !== null) {
    const bytes = new TextEncoder().encode(body);
    if (bytes.byteLength !== size || (await digestBytes(digestAlgorithm(digest), bytes)) !== digest)
      throw wrong(digest);
    await ctx.blobs.put(key, sourceFromBytes(bytes));
    return true;
  }
  const blob = await findBlob(ctx.db, digest);
  if (!blob) return false;
  if (blob.size !== size) throw wrong(digest);
  await ctx.blobs.put(
    key,
    sourceFromStream(await openSegments(ctx.blobs, blob.segments, { offset: 0, length: size }), size),
  );
  return true;
}

function wrong(digest: Digest): RegistryError {
  return new RegistryError("digest_invalid", `The log has other bytes for the manifest ${digest}.`, {
    details: { digest },
    suggestions: ["Use the log as it was exported."],
  });
}

/** Objects of events that were refused or passed over. After "unavailable" the events may be in, so they stay. */
async function dropUnused(ctx: Context, written: readonly WrittenObject[], outcome: Outcome<Restored>): Promise<void> {
  if (!outcome.ok && outcome.error.code === "unavailable") return;
  const unused = written.filter(({ seq }) => !outcome.ok || seq <= outcome.value.before);
  if (unused.length > 0) await ctx.blobs.delete(unused.map(({ key }) => key));
}
