import { RegistryError } from "../../../core/errors.ts";
import { appliedSeq } from "../../domains/artifacts/projection.ts";
import { compareWithProjection } from "./compare.ts";
import type { GraphState } from "./state.ts";

/** How a namespace's projection stands. */
export interface Inspection {
  /** Number of the graph's last event. */
  readonly last: number;
  /** Number of the last event that D1 held. */
  readonly applied: number;
  /** True when events that D1 had lost were applied again. */
  readonly caughtUp: boolean;
  /** Rows in which D1 differed, the first ten; not looked for while D1 lacks events. */
  readonly differences: readonly string[];
  /** True when the rows that differed were made again. */
  readonly rebuilt: boolean;
  /** True when commands came too fast to compare everything. */
  readonly busy: boolean;
}

export interface InspectOptions {
  readonly database: D1Database;
  readonly namespaceId: string;
  /** Brings D1 up to date, as far as this graph knows where D1 stands. */
  readonly project: () => Promise<void>;
  readonly repair: boolean;
}

/**
 * Says whether D1 shows what a graph holds. With `repair` events that D1 lost are applied again.
 * Errors: `unavailable` when D1 does not answer or does not take the events.
 */
export async function inspect(state: GraphState, options: InspectOptions): Promise<Inspection> {
  const { database, namespaceId, project, repair } = options;
  const last = state.lastSeq();
  // What is under way, or left over from a crash, is ordinary work and no damage.
  await project();
  const applied = await answered(() => appliedSeq(database, namespaceId));
  const found = { last, applied, caughtUp: false, differences: [], rebuilt: false, busy: false };
  if (applied > state.lastSeq()) return found;
  const behind = applied < last;
  if (behind) {
    if (!repair) return found;
    state.appliedSeq = applied;
    await project();
  }
  const compared = await answered(() => compareWithProjection(state, database, namespaceId, project));
  return { ...found, ...compared, caughtUp: behind };
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    throw new RegistryError("unavailable", "The database did not answer.", {
      cause,
      suggestions: ["Repeat the call; nothing was changed."],
    });
  }
}
