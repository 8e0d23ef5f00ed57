import type { Digest } from "../../../core/digests.ts";
import { unwrap } from "../../../core/errors.ts";
import type { Verdict } from "../../../core/retention/evaluate.ts";
import type { Context } from "../../context.ts";
import { runCommand } from "../../objects/namespace-graph/client.ts";
import type { CommandOrigin } from "../../objects/namespace-graph/index.ts";

/** Removals of one command: each leaves an event, and the projection takes them in one go. */
const commandSize = 50;

/**
 * Lets the namespace's graph remove what a plan says; it judges each again. Returns the tags and digests that went.
 * Errors: `unavailable`.
 */
export async function retireArtifact(
  ctx: Pick<Context, "graph" | "log" | "reads">,
  origin: CommandOrigin,
  name: string,
  plan: readonly Verdict[],
): Promise<string[]> {
  const going = plan.filter(({ keep }) => !keep);
  const removed: string[] = [];
  for (let at = 0; at < going.length; at += commandSize) {
    const part = going.slice(at, at + commandSize);
    const outcome = await runCommand(ctx.graph(origin.namespaceId), "retire", origin, {
      name,
      tags: part.flatMap(({ tag, digest }) => (tag === undefined ? [] : [{ tag, digest }])),
      manifests: part.flatMap(({ tag, digest }): Digest[] => (tag === undefined ? [digest] : [])),
    });
    ctx.reads.forget(origin.namespace);
    removed.push(...unwrap(outcome).removed);
  }
  if (removed.length > 0) {
    ctx.log.info("retention.removed", { repository: `${origin.namespace}/${name}`, count: removed.length });
  }
  return removed;
}
