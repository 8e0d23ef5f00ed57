import { type Digest, digestAlgorithm, digestBytes } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import type { Repository } from "../../../core/identifiers.ts";
import { type OciManifest, parseOciManifest, references, requiredBlobs } from "../../../core/oci-manifest.ts";
import { sourceFromBytes } from "../../storage/byte-source.ts";
import { type CheckOptions, type CheckParts, type Finding, inParallel, type PhasePage } from "./finding.ts";
import {
  clearBody,
  isSameManifest,
  type ManifestRecord,
  manifestPage,
  restoreLink,
  setReferences,
  tagsOf,
  unlinkedContent,
} from "./store.ts";

/** Each may bring 64 KiB from the index. */
const pageSize = 50;

/** Looks at every manifest: its bytes, what the index says that it names, and that its blobs are in its repository. */
export async function checkManifests(parts: CheckParts, after: string, options: CheckOptions): Promise<PhasePage> {
  const [artifactId = "", digest = ""] = after.split(" ");
  const page = await manifestPage(parts.db, [artifactId, digest], pageSize);
  const read = await inParallel(page, (record) => readManifest(parts, record, options));
  const findings = read.flatMap((one) => one.findings);
  for (const [index, { bytes }] of read.entries()) {
    const record = page[index];
    if (record && bytes) findings.push(...(await checkNames(parts, record, bytes, options)));
  }
  const last = page.length === pageSize ? page.at(-1) : undefined;
  return {
    checked: { manifests: page.length, bytes: read.reduce((sum, one) => sum + (one.bytes?.byteLength ?? 0), 0) },
    findings,
    next: last && `${last.artifactId} ${last.digest}`,
  };
}

interface Read {
  /** The right bytes, from wherever they are. */
  readonly bytes: Uint8Array | undefined;
  readonly findings: readonly Finding[];
}

async function readManifest(parts: CheckParts, record: ManifestRecord, options: CheckOptions): Promise<Read> {
  const isRight = async (bytes: Uint8Array | undefined) =>
    bytes !== undefined && (await digestBytes(digestAlgorithm(record.digest), bytes)) === record.digest;
  const body = record.body === null ? undefined : Uint8Array.from(record.body);
  const goodBody = (await isRight(body)) ? body : undefined;
  const storedSize = await parts.blobs.size(record.objectKey);
  // Small manifests are read from the index; of those only a deep check reads the object too.
  const stored = storedSize !== undefined && (options.deep || !goodBody) ? await readObject(parts, record) : undefined;
  const goodObject = stored ? ((await isRight(stored)) ? stored : undefined) : undefined;
  const objectLooksGood = stored ? goodObject !== undefined : storedSize === record.size;
  const bytes = goodBody ?? goodObject;
  const damagedBody = body !== undefined && !goodBody;
  if ((objectLooksGood && !damagedBody) || !(await isSameManifest(parts.db, record))) return { bytes, findings: [] };

  const repaired = options.repair && bytes !== undefined;
  // The same bytes under the same key: whoever reads meanwhile sees them or what was there before.
  if (repaired && !objectLooksGood) await parts.blobs.put(record.objectKey, sourceFromBytes(bytes));
  if (repaired && damagedBody) await clearBody(parts.db, record);
  const where = damagedBody ? "in the database" : "in the store";
  return {
    bytes,
    findings: [
      {
        kind: storedSize === undefined && !damagedBody ? "manifest_lost" : "manifest_damaged",
        severity: "error",
        what: `${record.repository}@${record.digest}`,
        message: `The manifest's bytes ${where} are ${storedSize === undefined && !damagedBody ? "gone" : "not what its digest says"}.`,
        repaired,
        remedy: repaired
          ? "They were restored from the other copy, whose digest is right."
          : bytes
            ? "Run the check with repair: there is another copy whose digest is right."
            : "No good copy is left: push the same manifest again, or restore the object from a backup.",
      },
    ],
  };
}

async function readObject({ blobs }: CheckParts, { objectKey }: ManifestRecord): Promise<Uint8Array | undefined> {
  const stream = await blobs.get(objectKey);
  return stream && new Uint8Array(await new Response(stream).arrayBuffer());
}

async function checkNames(
  parts: CheckParts,
  record: ManifestRecord,
  bytes: Uint8Array,
  options: CheckOptions,
): Promise<Finding[]> {
  const what = `${record.repository}@${record.digest}`;
  const manifest = readable(record, bytes);
  if (typeof manifest === "string") {
    const message = `What the manifest names cannot be told: ${manifest}`;
    const remedy = "Look at the manifest; it has its digest, but this version of the registry would refuse it.";
    return [{ kind: "manifest_unreadable", severity: "warning", what, message, repaired: false, remedy }];
  }
  const findings: Finding[] = [];
  const named = references(manifest).toSorted();
  if (JSON.stringify(named) !== JSON.stringify((JSON.parse(record.named) as Digest[]).toSorted())) {
    if (await isSameManifest(parts.db, record)) {
      if (options.repair) await setReferences(parts.db, record, named);
      findings.push({
        kind: "references_differ",
        severity: "error",
        what,
        message: "The database does not know everything that the manifest names, which could then be collected.",
        repaired: options.repair,
        remedy: options.repair ? "The rows were made again from the manifest." : "Run the check with repair.",
      });
    }
  }
  const needed = requiredBlobs(manifest).map((digest): [Repository, Digest] => [record.repository, digest]);
  for (const { digest, stored } of await unlinkedContent(parts.db, needed)) {
    if (!(await isSameManifest(parts.db, record))) break;
    const repaired = options.repair && stored === 1 && (await restoreLink(parts.db, record, digest, parts.now()));
    findings.push({
      kind: stored === 1 ? "link_missing" : "content_missing",
      severity: "error",
      what,
      message:
        stored === 1
          ? `${record.repository} has no link to ${digest}, which the manifest needs.`
          : `The registry does not have ${digest}, which the manifest needs${await taggedAs(parts.db, record)}.`,
      repaired,
      remedy: repaired
        ? "The link was made again."
        : stored === 1
          ? "Run the check with repair."
          : "Push the version again: clients send what the registry does not have.",
    });
  }
  return findings;
}

/** By which tags people know the manifest, for the end of a message. */
async function taggedAs(database: D1Database, record: ManifestRecord): Promise<string> {
  const tags = await tagsOf(database, record);
  if (tags.length === 0) return "; no tag names it";
  return `, tagged ${tags.slice(0, 10).join(", ")}${tags.length > 10 ? ", …" : ""}`;
}

/** The manifest, or why it is none. */
function readable(record: ManifestRecord, bytes: Uint8Array): OciManifest | string {
  try {
    return parseOciManifest(bytes, record.mediaType);
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    throw error;
  }
}
