import { createRoute, z } from "@hono/zod-openapi";
import { parseDigest } from "../../../core/digests.ts";
import { json, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { sendContent } from "../../http/send-content.ts";
import { listBlobs, readAnyBlob, readAnyManifest } from "./read-content.ts";
import { readAuditLog } from "./audit-logs.ts";
import { readLog } from "./read-log.ts";
import { describeRecords, readRecords } from "./read-records.ts";
import * as schemas from "./schemas.ts";

const tags = ["administration"];
const common = { method: "get" as const, tags, security: signedIn };
const content = { 200: { description: "The bytes" }, 206: { description: "A range of them" }, ...problemResponse };

const routes = {
  kinds: createRoute({
    ...common,
    path: "/admin/export/records",
    summary: "Say which kinds of records a backup has, in the order of putting them back (operators)",
    responses: { 200: json(schemas.kindsSchema, "The kinds"), ...problemResponse },
  }),
  records: createRoute({
    ...common,
    path: "/admin/export/records/{kind}",
    summary: "Read records for a backup: accounts, namespaces and so on (operators)",
    description: "Passwords and keys come as their stored hashes.",
    request: { params: schemas.kindParam, query: schemas.cursorQuery },
    responses: { 200: json(schemas.recordPageSchema, "A page"), ...problemResponse },
  }),
  log: createRoute({
    ...common,
    path: "/admin/export/logs/{namespace}",
    summary: "Read the log of a namespace for a backup, a page at a time (operators)",
    request: {
      params: schemas.namespaceParam,
      query: z.object({ after: z.coerce.number().int().nonnegative().default(0) }),
    },
    responses: { 200: { description: "Events, one JSON object per line (application/x-ndjson)" }, ...problemResponse },
  }),
  audit: createRoute({
    ...common,
    path: "/admin/export/audit/{namespace}",
    summary: "Read the audit log of a namespace for a backup, a page at a time (operators)",
    request: {
      params: schemas.namespaceParam,
      query: z.object({ after: z.coerce.number().int().nonnegative().default(0) }),
    },
    responses: { 200: { description: "Entries, one JSON object per line (application/x-ndjson)" }, ...problemResponse },
  }),
  blobs: createRoute({
    ...common,
    path: "/admin/export/blobs",
    summary: "List all blobs for a backup (operators)",
    request: { query: schemas.cursorQuery },
    responses: { 200: json(schemas.blobPageSchema, "A page"), ...problemResponse },
  }),
  blob: createRoute({
    ...common,
    path: "/admin/export/blobs/{digest}",
    summary: "Read a blob for a backup, whoever has it; Range works (operators)",
    request: { params: z.object({ digest: z.string() }) },
    responses: content,
  }),
  manifest: createRoute({
    ...common,
    path: "/admin/export/manifests/{artifact}/{digest}",
    summary: "Read a manifest for a backup, whoever has it (operators)",
    request: { params: z.object({ artifact: z.string(), digest: z.string() }) },
    responses: content,
  }),
};

const lines = (text: string) =>
  new Response(text, { headers: { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" } });

/** What a backup is made of. Every operation needs an operator account and the scope admin. */
export const exportRoutes = restRouter()
  .openapi(routes.kinds, (c) => c.json(describeRecords(c.get("ctx")), 200))
  .openapi(routes.records, async (c) =>
    c.json(await readRecords(c.get("ctx"), c.req.valid("param").kind, c.req.valid("query").cursor), 200),
  )
  .openapi(routes.log, async (c) => {
    return lines(await readLog(c.get("ctx"), c.req.valid("param").namespace, c.req.valid("query").after));
  })
  .openapi(routes.audit, async (c) =>
    lines(await readAuditLog(c.get("ctx"), c.req.valid("param").namespace, c.req.valid("query").after)),
  )
  .openapi(routes.blobs, async (c) => c.json(await listBlobs(c.get("ctx"), c.req.valid("query").cursor), 200))
  .openapi(routes.blob, async (c) =>
    sendContent(c, await readAnyBlob(c.get("ctx"), parseDigest(c.req.valid("param").digest)), {}),
  )
  .openapi(routes.manifest, async (c) => {
    const { artifact, digest } = c.req.valid("param");
    return sendContent(c, await readAnyManifest(c.get("ctx"), artifact, parseDigest(digest)), {});
  });
