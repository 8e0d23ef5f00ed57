import { RegistryError } from "../../../core/errors.ts";
import type { GraphEvent } from "./events.ts";
import { replay } from "./replay.ts";
import type { GraphState } from "./state.ts";

/** A part of a log, in order. */
export interface RestoreInput {
  /** Events that are here already are passed over, so a page may be sent again. */
  readonly events: readonly GraphEvent[];
  /** Number of the whole log's last event: the graph takes no commands until it has that one. */
  readonly through: number;
}

export interface Restored {
  /** Number of the last event that was here before this call. */
  readonly before: number;
  /** Number of the last event that is here now. */
  readonly seq: number;
}

/**
 * Takes a part of another graph's log into an empty graph, or goes on with one that began so. Runs inside a transaction.
 * Errors: `already_done` for a graph that has a history of its own, `invalid_request` when an event is missing.
 */
export function restore(state: GraphState, { events, through }: RestoreInput): Restored {
  const before = state.lastSeq();
  if (before > 0 && before < through && !state.restoring) {
    throw new RegistryError("already_done", "The namespace has a history of its own.", {
      details: { seq: before },
      suggestions: ["Restore into an empty registry."],
    });
  }
  let seq = before;
  for (const event of events) {
    if (event.seq <= seq) continue;
    if (event.seq !== seq + 1 || event.seq > through) {
      throw new RegistryError("invalid_request", `Event ${event.seq} cannot follow event ${seq} of ${through}.`, {
        details: { seq },
        suggestions: [`Send the events of the log in order, from ${seq + 1} on.`],
      });
    }
    replay(state, event);
    state.appendEvent(event);
    seq = event.seq;
  }
  if (seq > before) state.restoring = seq < through;
  return { before, seq };
}

/** Throws `unavailable` while a log is being restored: a command in between would tear it apart. */
export function assertRestored(state: GraphState): void {
  if (!state.restoring) return;
  throw new RegistryError("unavailable", "This namespace is being restored from a backup.", {
    suggestions: ["Repeat the call when the import is done."],
  });
}
