import { RegistryError, unwrap, type Outcome } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { Rebuilding } from "../../objects/namespace-graph/index.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { unknownName } from "../namespaces/index.ts";
import { namespacePage, namespaceOfName } from "./store.ts";

/** Namespaces of one call: each may take some seconds. */
const pageSize = 10;
/** How long one call begins with another namespace, in milliseconds. */
const callTime = 10_000;

export interface RebuildPage {
  /** To be sent with the next call; null when everything is rebuilt. */
  readonly cursor: string | null;
  /** Namespaces that are complete, with the number of their events. */
  readonly rebuilt: readonly { readonly namespace: string; readonly events: number }[];
}

interface Target {
  readonly id: string;
  readonly name: string;
}

/**
 * Makes the projected rows of a namespace, or of all, again from the events of their graphs. Meanwhile readers do not
 * find what is not there yet, writers wait for their own change, and the collector waits for the end. Safe to repeat
 * and to interrupt. Needs an operator with the scope admin.
 * Errors: `unauthenticated`, `denied`, `insufficient_scope`, `name_unknown`, `invalid_request`, `unavailable`.
 */
export async function rebuildProjection(
  ctx: Context,
  input: { readonly namespace?: string | undefined; readonly cursor?: string | undefined },
): Promise<RebuildPage> {
  requireOperator(ctx.actor);
  const { after, unfinished } = parseCursor(input.cursor);
  if (input.cursor === undefined) {
    await recordAudit(ctx, auditNote(ctx, registryChain, "projection.rebuilt", input.namespace ?? "registry"));
  }
  const targets = await targetsOf(ctx, input.namespace, after, unfinished);
  const rebuilt: { namespace: string; events: number }[] = [];
  const until = ctx.now() + callTime;
  for (const [index, { id, name }] of targets.entries()) {
    const outcome = (await ctx.graph(id).rebuild(id, id !== unfinished)) as Outcome<Rebuilding>;
    ctx.reads.forget();
    const { applied, last } = unwrap(outcome);
    if (applied < last) return { cursor: `more:${id}`, rebuilt };
    rebuilt.push({ namespace: name, events: last });
    ctx.log.info("projection.rebuilt", { namespace: name, events: last });
    if (index + 1 < targets.length && ctx.now() > until) return { cursor: `after:${id}`, rebuilt };
  }
  const last = targets.at(-1);
  const cursor = input.namespace === undefined && last && targets.length === pageSize ? `after:${last.id}` : null;
  return { cursor, rebuilt };
}

async function targetsOf(ctx: Context, name: string | undefined, after: string, unfinished: string | undefined) {
  if (name !== undefined) {
    const found = await namespaceOfName(ctx.db, name);
    if (!found) throw unknownName(name);
    return [found];
  }
  const page: Target[] = await namespacePage(ctx.db, after, pageSize, unfinished);
  return page;
}

/** `after:<id>`: that namespace is done · `more:<id>`: it is begun. */
function parseCursor(cursor: string | undefined): { after: string; unfinished: string | undefined } {
  if (cursor === undefined) return { after: "", unfinished: undefined };
  const [, kind, id] = /^(after|more):([\w-]+)$/.exec(cursor) ?? [];
  if (id !== undefined) return { after: id, unfinished: kind === "more" ? id : undefined };
  throw new RegistryError("invalid_request", "The cursor is not one that this registry gave out.", {
    suggestions: ["Start again without a cursor."],
  });
}
