import { SignJWT } from "jose";
import type { ChainHead } from "../../../core/audit/chain.ts";
import type { NamespaceKind } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { algorithm, keyRing, requireOperator } from "../auth/index.ts";
import { requireRole } from "../namespaces/index.ts";
import { registryChain } from "./note.ts";
import { sealAudit } from "./seal.ts";

/** Characters of a page; an entry with very many changes may have some tens of thousands. */
const pageSize = 512 * 1024;

export interface AuditPage {
  readonly chain: string;
  /** Entries as they are in the log, each a JSON text. */
  readonly entries: readonly string[];
  /** Where the log ends. */
  readonly head: ChainHead;
  /** The head, signed: whoever keeps it can prove later that the log was shortened or rewritten. */
  readonly signedHead: string;
}

/** The id of a namespace's log, for those who may read it: role admin and scope admin. Errors: those of `requireRole`. */
export async function chainOfNamespace(ctx: Context, kind: NamespaceKind, handle: string): Promise<string> {
  return (await requireRole(ctx, kind, handle, "admin", "admin")).id;
}

/** The id of the log of what concerns the whole installation, for operators. Errors: `denied`. */
export function chainOfRegistry(ctx: Context): string {
  requireOperator(ctx.actor);
  return registryChain.namespaceId;
}

/** The next entries after `seq`. The caller has been authorised for the chain. What waited is sealed first. */
export async function readAudit(ctx: Context, chain: string, seq: number): Promise<AuditPage> {
  await sealAudit(ctx, { namespaceId: chain });
  const { entries, head } = await ctx.graph(chain).auditPage(seq, pageSize);
  return { chain, entries, head, signedHead: await signHead(ctx, chain, head) };
}

async function signHead({ settings, now }: Context, chain: string, head: ChainHead): Promise<string> {
  const { kid, signs } = await keyRing(settings);
  return new SignJWT({ chain, seq: head.seq, hash: head.hash })
    .setProtectedHeader({ alg: algorithm, typ: "audit-head+jwt", kid })
    .setIssuer(settings.service)
    .setIssuedAt(Math.floor(now() / 1000))
    .sign(signs);
}

/** The whole log behind `seq`, one entry per line, read page by page as the client takes it. */
export function streamAudit(ctx: Context, chain: string, seq: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let at = seq;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { entries } = await ctx.graph(chain).auditPage(at, pageSize);
        if (entries.length === 0) return controller.close();
        at += entries.length;
        controller.enqueue(encoder.encode(entries.map((entry) => `${entry}\n`).join("")));
      },
    },
    { highWaterMark: 0 },
  );
}
