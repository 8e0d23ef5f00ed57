import { RegistryError } from "../../core/errors.ts";

/** Refuses a body of more bytes than one request may carry (GATI_MAX_BODY), saying what to do instead. */
export function bodyTooLarge(limit: number, size?: number): RegistryError {
  const actual = size === undefined ? "has more" : `has ${size}`;
  return new RegistryError("payload_too_large", `One request may carry ${limit} bytes; this one ${actual}.`, {
    details: { limit, ...(size === undefined ? {} : { size }) },
    suggestions: [
      "Push it with `gati`, which sends chunks, or with a client that sends chunks of at most this size.",
      "The operator can raise the limit of what stands in front of the registry, and GATI_MAX_BODY with it.",
    ],
  });
}
