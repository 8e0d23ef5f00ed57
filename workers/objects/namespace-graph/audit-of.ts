import { type AuditOrigin, type AuditRecord, byItself } from "../../../core/audit/entry.ts";
import type { JsonValue } from "../../../core/manifests/json.ts";
import type { Change, GraphEvent } from "./events.ts";

/** What an auditor wants to know of a change; the event has the rest. */
function told(change: Change): JsonValue {
  switch (change.type) {
    case "artifact.put": {
      const { type, visibility, latestVersion } = change.artifact;
      return { type: change.type, artifact: type, visibility, latest: latestVersion };
    }
    case "artifact.rename":
      return { type: change.type, from: change.from, name: change.name };
    case "manifest.put":
      return { type: change.type, digest: change.manifest.digest, subject: change.manifest.subject };
    case "version.put": {
      const { version, digest, state } = change.version;
      return { type: change.type, version, digest, state };
    }
    case "version.state":
      return { type: change.type, version: change.version, state: change.state };
    case "tag.put":
      return { type: change.type, tag: change.tag, digest: change.digest };
    case "tag.delete":
      return { type: change.type, tag: change.tag };
    case "manifest.hold":
      return {
        type: change.type,
        digest: change.digest,
        tags: [...change.hold.tags],
        reasons: [...change.hold.reasons],
      };
    case "manifest.delete":
    case "manifest.release":
      return { type: change.type, digest: change.digest };
  }
}

/** Changes that one entry lists; a retention run may make thousands, and an entry must fit into a row. */
const mostTold = 500;

/** What the audit log says about an event. Every command names its artifact in its first change. */
export function auditOf(
  { seq, at, command, changes }: GraphEvent,
  origin: { readonly namespace: string; readonly audit?: AuditOrigin },
): AuditRecord {
  const artifact = changes.find((change) => change.type === "artifact.put")?.artifact;
  const details = { event: seq, changes: changes.slice(0, mostTold).map(told), changesInAll: changes.length };
  return {
    id: `event:${seq}`,
    at,
    action: command,
    target: artifact?.repository ?? origin.namespace,
    origin: origin.audit ?? byItself,
    details,
  };
}
