import { type Outcome, RegistryError, unwrap } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import type { Inspection } from "../../objects/namespace-graph/inspect.ts";
import { type CheckOptions, type CheckParts, type Finding, inParallel, type PhasePage } from "./finding.ts";
import { namespacePage } from "./store.ts";

const pageSize = 50;

/** Asks every namespace's graph whether D1 shows what it holds. */
export async function checkNamespaces(
  parts: CheckParts & Pick<Context, "graph">,
  after: string,
  options: CheckOptions,
): Promise<PhasePage> {
  const page = await namespacePage(parts.db, after, pageSize);
  const findings = await inParallel(page, async ({ id, name }) => {
    try {
      const graph = parts.graph(id);
      return judge(name, unwrap((await graph.inspect(id, options.repair)) as Outcome<Inspection>));
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return [unreadable(name, error.message)];
    }
  });
  const found = findings.flat();
  return {
    checked: { namespaces: page.length },
    findings: found,
    next: page.length === pageSize ? page.at(-1)?.id : undefined,
    unsettled: found.some((finding) => !finding.repaired && finding.severity === "error"),
  };
}

function unreadable(what: string, reason: string): Finding {
  return {
    kind: "projection_unreadable",
    severity: "error",
    what,
    message: `The database does not take the namespace's changes: ${reason}`,
    repaired: false,
    remedy: "Read the log for graph.projection_failed; the namespace tries again by itself every five seconds.",
  };
}

function judge(what: string, found: Inspection): Finding[] {
  const { last, applied, caughtUp, differences, rebuilt, busy } = found;
  if (applied > last || (last === 0 && differences.length > 0)) {
    return [
      {
        kind: "projection_ahead",
        severity: "error",
        what,
        message: `The database holds ${applied} events of the namespace, but its graph knows only ${last}.`,
        repaired: false,
        remedy: `Restore both from the same moment. If the graph is right, run \`gati admin rebuild ${what}\`.`,
      },
    ];
  }
  const findings: Finding[] = [];
  if (applied < last) {
    findings.push({
      kind: "projection_behind",
      severity: "error",
      what,
      message: `The database held ${applied} of the namespace's ${last} events.`,
      repaired: caughtUp,
      remedy: caughtUp ? "The missing events were applied." : "Run the check with repair.",
    });
  }
  if (differences.length > 0) {
    findings.push({
      kind: "projection_differs",
      severity: "error",
      what,
      message: `The database does not show what the namespace holds: ${differences.join("; ")}.`,
      repaired: rebuilt,
      remedy: rebuilt
        ? "The rows were made again from the namespace's events."
        : `Run the check with repair, or \`gati admin rebuild ${what}\`: the rows are made again from its events.`,
    });
  }
  if (busy) {
    findings.push({
      kind: "projection_busy",
      severity: "warning",
      what,
      message: "Changes came too fast to compare the namespace with the database.",
      repaired: false,
      remedy: "Run the check again.",
    });
  }
  return findings;
}
