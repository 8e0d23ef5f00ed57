import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote, recordAudit, registryChain } from "../audit/index.ts";
import { requireOperator } from "../auth/index.ts";
import { checkBlobs } from "./check-blobs.ts";
import { checkLinks } from "./check-links.ts";
import { checkManifests } from "./check-manifests.ts";
import { checkNamespaces } from "./check-namespaces.ts";
import { checkObjects } from "./check-objects.ts";
import { type Checked, type CheckOptions, type Finding, nothingChecked, type PhasePage } from "./finding.ts";

/**
 * In this order: a projection that is complete is what the later phases believe in, and a blob that was forgotten is
 * then reported as missing in the manifests that need it.
 */
const phases = ["namespaces", "blobs", "manifests", "links", "segments", "manifest-objects"] as const;
type Phase = (typeof phases)[number];

export interface VerifyPage {
  /** To be sent with the next call; null when everything was checked. */
  readonly cursor: string | null;
  readonly checked: Checked;
  readonly findings: readonly Finding[];
}

type Parts = Pick<Context, "db" | "blobs" | "graph" | "upload" | "now">;

/**
 * Checks the next page of the registry: metadata against objects and digests, projections against graphs. Safe beside
 * everything else. Needs an operator with the scope admin.
 * Errors: `unauthenticated`, `denied`, `insufficient_scope`, `invalid_request` for a foreign cursor, `unavailable`.
 */
export async function verifyRegistry(
  ctx: Context,
  options: CheckOptions & { readonly cursor?: string | undefined },
): Promise<VerifyPage> {
  requireOperator(ctx.actor);
  const at = parseCursor(options.cursor);
  if (options.repair && options.cursor === undefined) {
    await recordAudit(ctx, auditNote(ctx, registryChain, "registry.repaired", "registry"));
  }
  const page = await checkPhase(ctx, at, options);
  if (options.repair) ctx.reads.forget();
  for (const { kind, what, severity, repaired } of page.findings) {
    ctx.log.warn("verify.found", { kind, what, severity, repaired });
  }
  const unsettled = at.unsettled || page.unsettled === true;
  const next = page.next === undefined ? phases[phases.indexOf(at.phase) + 1] : at.phase;
  return {
    cursor: next === undefined ? null : formatCursor({ phase: next, after: page.next ?? "", unsettled }),
    checked: { ...nothingChecked, ...page.checked },
    findings: page.findings,
  };
}

function checkPhase(parts: Parts, { phase, after, unsettled }: Position, options: CheckOptions): Promise<PhasePage> {
  switch (phase) {
    case "namespaces":
      return checkNamespaces(parts, after, options);
    case "blobs":
      return checkBlobs(parts, after, options);
    case "manifests":
      return checkManifests(parts, after, options);
    case "links":
      return checkLinks(parts, after, options);
    case "segments":
      return checkObjects(parts, "segments", after, { ...options, unsettled });
    case "manifest-objects":
      return checkObjects(parts, "manifests", after, { ...options, unsettled });
  }
}

interface Position {
  readonly phase: Phase;
  /** Where the phase goes on; empty at its beginning. */
  readonly after: string;
  readonly unsettled: boolean;
}

const formatCursor = ({ phase, after, unsettled }: Position) => `${phase}${unsettled ? "!" : ""}:${after}`;

function parseCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return { phase: "namespaces", after: "", unsettled: false };
  const [, name, mark, after] = /^([a-z-]+)(!?):(.*)$/.exec(cursor) ?? [];
  const phase = phases.find((one) => one === name);
  if (phase !== undefined && after !== undefined) return { phase, after, unsettled: mark === "!" };
  throw new RegistryError("invalid_request", "The cursor is not one that this registry gave out.", {
    suggestions: ["Start again without a cursor."],
  });
}
