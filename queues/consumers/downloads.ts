import { recordDownloads } from "../../workers/domains/analytics/index.ts";
import type { Consumer } from "../consumer.ts";
import { downloadsMessage } from "../messages.ts";

/** Adds counted downloads to the totals. */
export const consumeDownloads: Consumer<typeof downloadsMessage> = {
  schema: downloadsMessage,
  consume: recordDownloads,
};
