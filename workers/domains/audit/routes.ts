import { createRoute, z } from "@hono/zod-openapi";
import { json, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { type AuditPage, chainOfNamespace, chainOfRegistry, readAudit, streamAudit } from "./read-audit.ts";
import { sealAudit } from "./seal.ts";

const tags = ["audit"];
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() });
const query = z.object({
  after: z.coerce.number().int().nonnegative().default(0).openapi({ description: "Number of the last entry known" }),
});

const entry = z
  .object({
    chain: z.string(),
    seq: z.int(),
    previous: z.string(),
    id: z.string(),
    at: z.int().openapi({ description: "Milliseconds since the epoch" }),
    action: z.string(),
    target: z.string(),
    origin: z.object({
      actor: z.looseObject({ kind: z.enum(["user", "publisher", "directory", "anonymous", "registry"]) }),
      credential: z.looseObject({ kind: z.string() }).nullable(),
      address: z.string().nullable(),
      request: z.string().nullable(),
    }),
    details: z.record(z.string(), z.unknown()),
    hash: z.string().openapi({ description: "SHA-256 of the entry without this field, in RFC 8785 form" }),
  })
  .openapi("AuditEntry");
const page = z
  .object({
    chain: z.string(),
    entries: z.array(entry),
    head: z.object({ seq: z.int(), hash: z.string() }),
    signedHead: z.string().openapi({ description: "JWS of the head, by a key of /.well-known/jwks.json" }),
  })
  .openapi("AuditPage");

const view = ({ entries, ...rest }: AuditPage) => ({
  ...rest,
  entries: entries.map((text) => JSON.parse(text) as z.infer<typeof entry>),
});

const read = { method: "get" as const, tags, security: signedIn };
const pageResponses = { 200: json(page, "A page; empty at the end of the log"), ...problemResponse };
const lineResponses = {
  200: { description: "Entries, one JSON object per line (application/x-ndjson)" },
  ...problemResponse,
};
const routes = {
  namespace: createRoute({
    ...read,
    path: "/namespaces/{kind}/{handle}/audit",
    summary: "Read the audit log of a namespace, a page at a time (role admin)",
    request: { params, query },
    responses: pageResponses,
  }),
  namespaceLines: createRoute({
    ...read,
    path: "/namespaces/{kind}/{handle}/audit/export",
    summary: "Export the audit log of a namespace as JSON lines (role admin)",
    request: { params, query },
    responses: lineResponses,
  }),
  registry: createRoute({
    ...read,
    path: "/admin/audit",
    summary: "Read the audit log of the installation, a page at a time (operators)",
    request: { query },
    responses: pageResponses,
  }),
  registryLines: createRoute({
    ...read,
    path: "/admin/audit/export",
    summary: "Export the audit log of the installation as JSON lines (operators)",
    request: { query },
    responses: lineResponses,
  }),
};

const lines = (stream: ReadableStream<Uint8Array>) =>
  new Response(stream, { headers: { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" } });

/** Who did what: for admins of a namespace, and for operators of the installation. */
export const auditRoutes = restRouter()
  .openapi(routes.namespace, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const chain = await chainOfNamespace(c.get("ctx"), kind, handle);
    return c.json(view(await readAudit(c.get("ctx"), chain, c.req.valid("query").after)), 200);
  })
  .openapi(routes.namespaceLines, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const namespaceId = await chainOfNamespace(c.get("ctx"), kind, handle);
    await sealAudit(c.get("ctx"), { namespaceId });
    return lines(streamAudit(c.get("ctx"), namespaceId, c.req.valid("query").after));
  })
  .openapi(routes.registry, async (c) => {
    const chain = chainOfRegistry(c.get("ctx"));
    return c.json(view(await readAudit(c.get("ctx"), chain, c.req.valid("query").after)), 200);
  })
  .openapi(routes.registryLines, async (c) => {
    const namespaceId = chainOfRegistry(c.get("ctx"));
    await sealAudit(c.get("ctx"), { namespaceId });
    return lines(streamAudit(c.get("ctx"), namespaceId, c.req.valid("query").after));
  });
