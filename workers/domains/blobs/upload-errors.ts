import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";

export function unknownUpload(): RegistryError {
  return new RegistryError("upload_unknown", "This upload does not exist, was cancelled, or has expired.", {
    suggestions: ["Start a new upload with POST /v2/<repository>/blobs/uploads/."],
  });
}

export function finishedUpload(digest: Digest | undefined): RegistryError {
  return new RegistryError("upload_unknown", "This upload is finished.", {
    details: { digest },
    suggestions: ["Use the blob by its digest."],
  });
}

/** `offset` is where the upload stands. */
export function busyUpload(offset: number): RegistryError {
  return new RegistryError("upload_busy", "Another request began to write to this upload after this one did.", {
    details: { offset },
    suggestions: ["GET the upload's location for where it stands and go on from there, with one writer at a time."],
  });
}

/** A chunk starts at `start`, but the upload stands at `offset`. */
export function wrongStart(start: number, offset: number): RegistryError {
  return new RegistryError("range_invalid", `The chunk starts at ${start}, but the upload stands at ${offset}.`, {
    details: { offset },
    suggestions: [`Send the chunk that starts at ${offset}, or GET the upload's location for where it stands.`],
  });
}
