import type { Context } from "../../context.ts";
import type { GraphEvent } from "../../objects/namespace-graph/events.ts";
import { requireOperator } from "../auth/index.ts";
import { unknownName } from "../namespaces/index.ts";
import { namespaceById } from "./store.ts";

/** Bytes of a page; one event may have nearly two million. */
const pageBytes = 2 * 1024 * 1024;

/**
 * The next events of a namespace's log after `seq`, one per line, without the keys of objects; empty at its end.
 * Errors: `denied`, `name_unknown`.
 */
export async function readLog(ctx: Context, namespaceId: string, seq: number): Promise<string> {
  requireOperator(ctx.actor);
  if (!(await namespaceById(ctx.db, namespaceId))) throw unknownName(namespaceId);
  // The platform's RPC types do not carry unions.
  const events = (await ctx.graph(namespaceId).log(seq, pageBytes)) as unknown as GraphEvent[];
  return events.map((event) => `${JSON.stringify(portable(event))}\n`).join("");
}

function portable(event: GraphEvent) {
  const changes = event.changes.map((change) => {
    if (change.type !== "manifest.put") return change;
    const { objectKey: _, ...manifest } = change.manifest;
    return { ...change, manifest };
  });
  return { ...event, changes };
}
