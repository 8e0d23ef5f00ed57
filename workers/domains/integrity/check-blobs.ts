import { digestAlgorithm } from "../../../core/digests.ts";
import { hashSegments } from "../../storage/hashing.ts";
import type { StoredSegment } from "../../storage/segments.ts";
import { type CheckOptions, type CheckParts, type Finding, inParallel, type PhasePage } from "./finding.ts";
import { type BlobRow, blobPage, forgetBlob, isSameBlob } from "./store.ts";

const pageSize = 200;
/** Objects that are asked for in one page: far below the requests that one call of a Worker may make. */
const maxObjects = 1_000;
/** Bytes that are hashed in one page, at more than a gigabyte a second; one larger blob is a page of its own. */
const maxBytes = 512 * 1024 * 1024;
/** When more than this many blobs and more than half of a page are lost, it is the store that is missing. */
const massLoss = 10;

type Fault = Pick<Finding, "kind" | "message">;

/** Looks at every blob's objects: that they exist with the right sizes and, when asked, that they have the digest. */
export async function checkBlobs(parts: CheckParts, after: string, options: CheckOptions): Promise<PhasePage> {
  const rows = await blobPage(parts.db, after, pageSize);
  const page = bounded(rows, options);
  let bytes = 0;
  const faults = await inParallel(page, async (row) => {
    const fault = await faultOf(parts, row, options.deep);
    if (options.deep && fault?.kind !== "blob_lost") bytes += row.size;
    return fault;
  });
  const lost = faults.filter((fault) => fault?.kind === "blob_lost").length;
  const storeMissing = lost > massLoss && lost > page.length / 2;
  const findings: Finding[] = [];
  for (const [index, row] of page.entries()) {
    const fault = faults[index];
    const finding = fault ? await report(parts, row, fault, options.repair && !storeMissing, storeMissing) : undefined;
    if (finding) findings.push(finding);
    else if (!fault && row.unheld === 1) findings.push(await reportUnheld(parts, row, options.repair));
  }
  const complete = page.length === rows.length && rows.length < pageSize;
  return { checked: { blobs: page.length, bytes }, findings, next: complete ? undefined : page.at(-1)?.digest };
}

/** As many rows as one page may take, at least one. */
function bounded(rows: readonly BlobRow[], { deep }: CheckOptions): BlobRow[] {
  const page: BlobRow[] = [];
  let [objects, bytes] = [0, 0];
  for (const row of rows) {
    objects += segmentsOf(row).length;
    bytes += deep ? row.size : 0;
    if (page.length > 0 && (objects > maxObjects || bytes > maxBytes)) break;
    page.push(row);
  }
  return page;
}

const segmentsOf = (row: BlobRow) => JSON.parse(row.segments) as StoredSegment[];

async function faultOf({ blobs }: CheckParts, row: BlobRow, deep: boolean): Promise<Fault | undefined> {
  const segments = segmentsOf(row);
  const total = segments.reduce((sum, segment) => sum + segment.size, 0);
  if (total !== row.size) {
    return { kind: "blob_damaged", message: `Its segments have ${total} bytes together, not ${row.size}.` };
  }
  for (const { key, size } of segments) {
    const actual = await blobs.size(key);
    if (actual === undefined) return { kind: "blob_lost", message: `Its object ${key} does not exist.` };
    if (actual !== size) {
      return { kind: "blob_damaged", message: `Its object ${key} has ${actual} bytes instead of ${size}.` };
    }
  }
  if (!deep) return undefined;
  const digest = await hashSegments(blobs, segments, digestAlgorithm(row.digest));
  return digest === row.digest ? undefined : { kind: "blob_damaged", message: `Its bytes have the digest ${digest}.` };
}

/** The finding, or undefined when the row was changed or collected since it was read. */
async function report(
  parts: CheckParts,
  row: BlobRow,
  fault: Fault,
  repair: boolean,
  storeMissing: boolean,
): Promise<Finding | undefined> {
  const repaired = repair && (await forgetBlob(parts.db, row, parts.now()));
  if (!repaired && !(await isSameBlob(parts.db, row))) return undefined;
  return { ...fault, severity: "error", what: row.digest, repaired, remedy: remedyOf(repaired, storeMissing) };
}

function remedyOf(repaired: boolean, storeMissing: boolean): string {
  if (storeMissing) {
    return "Most of the content is missing, so nothing was changed: check that the right bucket or data folder is in use.";
  }
  return repaired
    ? "The registry no longer says that it has the blob: push the versions that need it again."
    : "Restore the object from a backup, or run the check with repair and push the versions that need the blob again.";
}

async function reportUnheld(parts: CheckParts, row: BlobRow, repair: boolean): Promise<Finding> {
  const repaired = repair && (await forgetBlob(parts.db, row, parts.now(), true));
  return {
    kind: "blob_unheld",
    severity: "warning",
    what: row.digest,
    message: `No repository holds the blob, and the collector does not know of it: ${row.size} bytes are kept in vain.`,
    repaired,
    remedy: repaired ? "Its objects were given to the collector." : "Run the check with repair.",
  };
}
