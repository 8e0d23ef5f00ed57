import type { Context } from "../../context.ts";
import { listObjects } from "../blobs/index.ts";
import type { StoredObject } from "../../storage/index.ts";
import { isManifestKey, keyPrefixes, uploadOfKey } from "../../storage/paths.ts";
import { type CheckOptions, type CheckParts, type Finding, inParallel, type PhasePage } from "./finding.ts";
import { unnamedObjects } from "./store.ts";

const pageSize = 500;
/** No request is under way for longer than this between storing bytes and recording them. */
const requestTime = 60 * 60 * 1000;

export type ObjectFolder = keyof typeof keyPrefixes;

/**
 * Looks at every object: something has to name it, or an upload has to be under way. What nothing names goes to the
 * collector, which asks again an hour later before it deletes anything.
 */
export async function checkObjects(
  parts: CheckParts & Pick<Context, "upload">,
  folder: ObjectFolder,
  after: string,
  options: CheckOptions & { readonly unsettled: boolean },
): Promise<PhasePage> {
  const page = await listPage(parts, folder, after);
  const unnamed = new Set(
    await unnamedObjects(
      parts.db,
      page.map(({ key }) => key),
    ),
  );
  const candidates = page.filter(({ key }) => unnamed.has(key));
  const belongs = await inParallel(candidates, ({ key }) => belongsToUpload(parts, key));
  const loose = candidates.filter((_, index) => belongs[index] === false);
  // Asked again: an upload that is finished now may have been recorded since the first question.
  const still = new Set(
    await unnamedObjects(
      parts.db,
      loose.map(({ key }) => key),
    ),
  );
  const orphans = loose.filter(({ key }) => still.has(key));
  // A manifest that its graph committed is named once its projection is complete, and not before.
  const certain = folder === "segments" || !options.unsettled;
  const isRecent = (object: StoredObject) => object.storedAt > parts.now() - requestTime;
  const mayList = (object: StoredObject) => options.repair && certain && isKnown(object.key) && !isRecent(object);
  const listed = orphans.filter(mayList);
  if (listed.length > 0) {
    await listObjects(
      parts.db,
      listed.map(({ key }) => key),
      parts.now(),
    );
  }
  return {
    checked: { objects: page.length },
    findings: orphans.map((object) => describe(object, mayList(object), isRecent(object))),
    next: page.length === pageSize ? page.at(-1)?.key : undefined,
  };
}

async function listPage({ blobs }: CheckParts, folder: ObjectFolder, after: string): Promise<StoredObject[]> {
  const page: StoredObject[] = [];
  for await (const object of blobs.list(keyPrefixes[folder], after === "" ? undefined : after)) {
    page.push(object);
    if (page.length === pageSize) break;
  }
  return page;
}

const isKnown = (key: string) => uploadOfKey(key) !== undefined || isManifestKey(key);

/** True when the upload of this segment goes on, or is still to be recorded: it looks after its objects itself. */
async function belongsToUpload({ upload }: Pick<Context, "upload">, key: string): Promise<boolean> {
  const id = uploadOfKey(key);
  if (id === undefined) return false;
  const phase = await upload(id).phase();
  return phase === "open" || phase === "sealed";
}

function describe({ key, size }: StoredObject, repaired: boolean, recent: boolean): Finding {
  if (!isKnown(key)) {
    return {
      kind: "object_unknown",
      severity: "note",
      what: key,
      message: `The registry makes no objects with such a key (${size} bytes).`,
      repaired: false,
      remedy: "Find out who put it there; the registry never touches it.",
    };
  }
  if (recent) {
    return {
      kind: "object_recent",
      severity: "note",
      what: key,
      message: `Nothing names the object (${size} bytes) yet; a request may be about to.`,
      repaired: false,
      remedy:
        "Nothing to do. If a crash left it behind, a check with repair an hour from now gives it to the collector.",
    };
  }
  return {
    kind: "object_orphaned",
    severity: "warning",
    what: key,
    message: `Nothing names the object: ${size} bytes are kept in vain.`,
    repaired,
    remedy: repaired
      ? "It was given to the collector, which deletes it an hour from now unless something names it then."
      : "Run the check with repair, after what else it found is repaired.",
  };
}
