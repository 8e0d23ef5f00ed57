import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoreSettings } from "../workers/storage/settings.ts";
import { StartError, systemCode } from "./start-error.ts";

const fileName = "store.json";

/** Which store a data folder was filled with: what of it says where the bytes are, without credentials. */
interface StoreRecord {
  readonly kind: string;
  readonly endpoint?: string;
  readonly bucket?: string;
}

function recordOf({ kind, s3 }: StoreSettings): StoreRecord {
  return kind === "s3" && s3 ? { kind, endpoint: s3.endpoint, bucket: s3.bucket } : { kind };
}

function inWords({ kind, endpoint, bucket }: StoreRecord): string {
  return kind === "s3" ? `GATI_STORE=s3, the bucket ${bucket} at ${endpoint}` : `GATI_STORE=${kind}`;
}

function read(path: string): StoreRecord | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new StartError(`${path} cannot be read (${systemCode(error)}).`);
  }
  try {
    const record = JSON.parse(text) as StoreRecord | null;
    if (typeof record?.kind === "string") return record;
  } catch {
    // Reported below: a syntax error and a wrong shape are the same to the reader.
  }
  throw new StartError(`${path} is damaged; remove it if the store of this data folder is what is set now.`);
}

/** Throws `StartError` when the data folder was filled with another store than the one that is set. */
export function assertSameStore(dataFolder: string, settings: StoreSettings): void {
  const path = join(dataFolder, fileName);
  const before = read(path);
  const now = recordOf(settings);
  if (!before || inWords(before) === inWords(now)) return;
  throw new StartError(
    `${dataFolder} was filled with ${inWords(before)}, and now ${inWords(now)} is set: set the store that it was filled with, ` +
      `move the content by gati admin export and import, or remove ${path} if the same objects are there under the new address.`,
  );
}

/** Writes down the store, once it is known to be the right one. A folder that has no record gets it. */
export function recordStore(dataFolder: string, settings: StoreSettings): void {
  const path = join(dataFolder, fileName);
  writeFileSync(`${path}.new`, `${JSON.stringify(recordOf(settings), null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
