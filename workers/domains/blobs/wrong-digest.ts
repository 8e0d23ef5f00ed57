import type { Digest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";

/** The content is not what its client says it is. */
export function wrongDigest(expected: Digest, actual: Digest): RegistryError {
  return new RegistryError("digest_invalid", "The content does not have the digest that was given.", {
    details: { expected, actual },
    suggestions: [
      "Compute the digest over exactly the bytes that are sent, then upload again.",
      "After a PATCH go on at the Location that its answer names.",
    ],
  });
}
