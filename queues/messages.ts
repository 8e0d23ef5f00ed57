import { z } from "zod";
import { isDigest } from "../core/digests.ts";
import { isRepository } from "../core/identifiers.ts";

/**
 * What travels through the queues. A message may be read by a newer or an older deployment than the one that sent it:
 * its `version` says which form it has, and a form is never changed once it was deployed.
 */
const downloadsV1 = z.strictObject({
  version: z.literal(1),
  /** Stays the same however often the batch is sent or delivered. */
  id: z.uuid(),
  counts: z
    .array(
      z.strictObject({
        repository: z.string().refine(isRepository),
        digest: z.string().refine(isDigest),
        /** UTC. */
        day: z.iso.date(),
        count: z.int().positive(),
        /** Milliseconds since the epoch. */
        lastPulledAt: z.int().positive(),
      }),
    )
    .min(1),
});

/** Downloads that one isolate has counted. */
export const downloadsMessage = z.discriminatedUnion("version", [downloadsV1]);
export type DownloadsMessage = z.input<typeof downloadsMessage>;
