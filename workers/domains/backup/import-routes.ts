import { createRoute, z } from "@hono/zod-openapi";
import { parseDigest } from "../../../core/digests.ts";
import { chunkOf } from "../../http/chunk.ts";
import { readBody } from "../../http/read-body.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { writeAuditLog } from "./audit-logs.ts";
import { beginImport, importStanding } from "./begin-import.ts";
import { finishImport } from "./finish-import.ts";
import { addToUpload, closeUpload, openUpload, uploadOffset } from "./import-uploads.ts";
import * as schemas from "./schemas.ts";
import { writeLog } from "./write-log.ts";
import { writeRecords } from "./write-records.ts";

const tags = ["administration"];
const common = { tags, security: signedIn };
const base = "/admin/imports/{id}";
/** One event may have nearly two million bytes, and a page is at most the one that goes over its limit. */
const maxLog = 8 * 1024 * 1024;
const noContent = { 204: { description: "Done" }, ...problemResponse };
const binary = { content: schemas.bytes };
const params = schemas.importParam;

const routes = {
  standing: createRoute({
    ...common,
    method: "get",
    path: base,
    summary: "How the import of a backup stands, and whether one could begin (operators)",
    request: { params },
    responses: { 200: json(schemas.standingSchema, "How it stands"), ...problemResponse },
  }),
  begin: createRoute({
    ...common,
    method: "put",
    path: base,
    summary: "Begin to import a backup into an empty registry, or take it up again (operators)",
    request: { params, body: jsonBody(z.object({ schema: z.int() })) },
    responses: { 200: json(schemas.importSchema, "How it stands"), ...problemResponse },
  }),
  open: createRoute({
    ...common,
    method: "post",
    path: `${base}/uploads`,
    summary: "Open an upload for a blob of the backup (operators)",
    request: { params, query: schemas.digestQuery },
    responses: { 202: { description: "Location says where to send the bytes" }, ...problemResponse },
  }),
  position: createRoute({
    ...common,
    method: "get",
    path: `${base}/uploads/{upload}`,
    summary: "Where an upload of the import stands (operators)",
    request: { params: schemas.uploadParam },
    responses: noContent,
  }),
  append: createRoute({
    ...common,
    method: "patch",
    path: `${base}/uploads/{upload}`,
    summary: "Send a chunk, with Content-Range as for /v2 (operators)",
    request: { params: schemas.uploadParam, body: binary },
    responses: { 202: { description: "Taken" }, ...problemResponse },
  }),
  close: createRoute({
    ...common,
    method: "put",
    path: `${base}/uploads/{upload}`,
    summary: "End an upload; the content must have the digest (operators)",
    request: { params: schemas.uploadParam, query: schemas.digestQuery, body: binary },
    responses: { 201: { description: "The blob is here" }, ...problemResponse },
  }),
  records: createRoute({
    ...common,
    method: "post",
    path: `${base}/records/{kind}`,
    summary: "Put records back (operators); those that are here already stay",
    request: { params: params.extend(schemas.kindParam.shape), body: jsonBody(schemas.recordsSchema) },
    responses: noContent,
  }),
  log: createRoute({
    ...common,
    method: "post",
    path: `${base}/logs/{namespace}`,
    summary: "Take a part of a namespace's log, in order (operators)",
    description: "Events that are here already are passed over. The answer is the number of the last event.",
    request: {
      params: params.extend(schemas.namespaceParam.shape),
      query: z.object({ through: z.coerce.number().int().nonnegative() }),
      body: { content: schemas.lines },
    },
    responses: { 200: json(z.object({ seq: z.int() }), "Where the log stands"), ...problemResponse },
  }),
  audit: createRoute({
    ...common,
    method: "post",
    path: `${base}/audit/{namespace}`,
    summary: "Take a part of a namespace's audit log, in order (operators)",
    description: "Entries that are here already are passed over. The answer is the number of the last one.",
    request: { params: params.extend(schemas.namespaceParam.shape), body: { content: schemas.lines } },
    responses: { 200: json(z.object({ seq: z.int() }), "Where the log stands"), ...problemResponse },
  }),
  finish: createRoute({
    ...common,
    method: "post",
    path: `${base}/finish`,
    summary: "End the import (operators)",
    request: { params },
    responses: { 200: json(schemas.importSchema, "How it stands"), ...problemResponse },
  }),
};

async function linesOf(request: Request): Promise<string[]> {
  const body = await readBody(request, maxLog, "payload_too_large");
  return new TextDecoder()
    .decode(body)
    .split("\n")
    .filter((line) => line !== "");
}

/** The same headers as under /v2, so that one uploader serves both. */
const standing = (id: string, upload: string, offset: number) => ({
  Location: `/api/v1/admin/imports/${id}/uploads/${upload}`,
  "OCI-Upload-Offset": String(offset),
});

/** Putting a backup back. Every operation needs an operator account and the scope admin. */
export const importRoutes = restRouter()
  .openapi(routes.standing, async (c) => c.json(await importStanding(c.get("ctx"), c.req.valid("param").id), 200))
  .openapi(routes.begin, async (c) =>
    c.json(await beginImport(c.get("ctx"), c.req.valid("param").id, c.req.valid("json").schema), 200),
  )
  .openapi(routes.open, async (c) => {
    const { id } = c.req.valid("param");
    const upload = await openUpload(c.get("ctx"), id, parseDigest(c.req.valid("query").digest));
    return c.body(null, 202, standing(id, upload, 0));
  })
  .openapi(routes.position, async (c) => {
    const { id, upload } = c.req.valid("param");
    return c.body(null, 204, standing(id, upload, await uploadOffset(c.get("ctx"), upload)));
  })
  .openapi(routes.append, async (c) => {
    const { id, upload } = c.req.valid("param");
    const { offset } = await addToUpload(c.get("ctx"), upload, chunkOf(c));
    return c.body(null, 202, standing(id, upload, offset));
  })
  .openapi(routes.close, async (c) => {
    const { id, upload } = c.req.valid("param");
    await closeUpload(c.get("ctx"), id, upload, chunkOf(c), parseDigest(c.req.valid("query").digest));
    return c.body(null, 201);
  })
  .openapi(routes.records, async (c) => {
    const { id, kind } = c.req.valid("param");
    await writeRecords(c.get("ctx"), id, kind, c.req.valid("json").records);
    return c.body(null, 204);
  })
  .openapi(routes.log, async (c) => {
    const { id, namespace } = c.req.valid("param");
    const lines = await linesOf(c.req.raw);
    return c.json(await writeLog(c.get("ctx"), id, namespace, { lines, through: c.req.valid("query").through }), 200);
  })
  .openapi(routes.audit, async (c) => {
    const { id, namespace } = c.req.valid("param");
    return c.json(await writeAuditLog(c.get("ctx"), id, namespace, await linesOf(c.req.raw)), 200);
  })
  .openapi(routes.finish, async (c) => c.json(await finishImport(c.get("ctx"), c.req.valid("param").id), 200));
