import type { AuditActor, AuditCredential, AuditOrigin, AuditRecord } from "../../../core/audit/entry.ts";
import type { Handle } from "../../../core/identifiers.ts";
import type { JsonValue } from "../../../core/manifests/json.ts";
import type { Context } from "../../context.ts";
import type { Actor, User } from "../auth/index.ts";
import type { IdQuery } from "./store.ts";

/**
 * Which log: a namespace's, by its id or the handle of whom it belongs to. Account events go to the account's own. A query
 * that gives the id is for a batch that learns only from its rows whom it concerns.
 */
export type AuditChain = { readonly namespaceId: string | IdQuery } | { readonly handle: Handle };

/** What concerns the whole installation. No namespace has such an id. */
export const registryChain = { namespaceId: "registry" } as const;

/** A record and the log that it is for. */
export interface AuditNote {
  readonly chain: AuditChain;
  readonly record: AuditRecord;
}

/** What a note is made from. */
export type AuditSource = Pick<Context, "actor" | "now"> & Partial<Pick<Context, "source" | "requestId">>;

function credentialOf({ credential }: User): AuditCredential {
  if (credential.kind === "session" || credential.kind === "api-key")
    return { kind: credential.kind, id: credential.id };
  if (credential.kind === "registry-token" && credential.sessionId) {
    return { kind: credential.kind, id: credential.sessionId };
  }
  return { kind: credential.kind };
}

function actorOf(actor: Actor): AuditActor {
  if (actor.kind === "anonymous") return actor;
  const { publisher } = actor;
  if (publisher) return { kind: "publisher", id: actor.userId, subject: publisher.subject, run: publisher.run };
  return { kind: "user", id: actor.userId, handle: actor.handle };
}

/** Who asks, by what and from where. */
export function auditOrigin({ actor, source, requestId }: AuditSource): AuditOrigin {
  return {
    actor: actor.kind === "anonymous" ? { kind: "anonymous" } : actorOf(actor),
    credential: actor.kind === "user" ? credentialOf(actor) : null,
    address: source ?? null,
    request: requestId ?? null,
  };
}

/**
 * What the audit log will say about a change: hand it to `auditInsert` in the same batch as the change, and to
 * `sealAudit` afterwards. `target` is what it was done to. Details never hold a secret. `by` is
 * for a caller who has just proved who they are, and whom the context therefore does not know yet.
 */
export function auditNote(
  ctx: AuditSource,
  chain: AuditChain,
  action: string,
  target: string,
  details: Readonly<Record<string, JsonValue>> = {},
  by?: AuditActor,
): AuditNote {
  const origin = auditOrigin(ctx);
  const record = {
    id: crypto.randomUUID(),
    at: ctx.now(),
    action,
    target,
    origin: by ? { ...origin, actor: by } : origin,
    details,
  };
  return { chain, record };
}
