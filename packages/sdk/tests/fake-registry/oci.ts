import { createHash, randomUUID } from "node:crypto";
import { type Exchange, type FakeRegistry, readBody, send } from "./index.ts";

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function fail(exchange: Exchange, status: number, code: string, own: string): void {
  const body = JSON.stringify({
    errors: [{ code, message: own, detail: { code: own, suggestions: ["Do it right."] } }],
  });
  send(exchange, status, { "content-type": "application/json", "x-request-id": "req-1" }, body);
}

function rangeHeaders(length: number): Record<string, string> {
  return { range: `0-${Math.max(0, length - 1)}`, "oci-upload-offset": String(length) };
}

/** The OCI distribution-spec endpoints, as far as the SDK uses them. */
export async function answerOci(registry: FakeRegistry, exchange: Exchange): Promise<void> {
  const path = exchange.url.pathname;
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(path);
  if (upload) return answerUpload(registry, exchange, upload[1] as string, upload[2] as string);
  const blob = /^\/v2\/(.+)\/blobs\/([^/]+)$/.exec(path);
  if (blob) return answerBlob(registry, exchange, `${blob[1]}@${blob[2]}`);
  const manifest = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path);
  if (manifest) return answerManifest(registry, exchange, manifest[1] as string, manifest[2] as string);
  fail(exchange, 404, "NAME_UNKNOWN", "name_unknown");
}

async function answerUpload(registry: FakeRegistry, exchange: Exchange, repository: string, id: string): Promise<void> {
  const { request, fault, url } = exchange;
  if (request.method === "POST") {
    await readBody(request);
    const created = randomUUID();
    registry.uploads.set(created, { repository, content: Buffer.alloc(0) });
    return send(exchange, 202, { location: `/v2/${repository}/blobs/uploads/${created}`, ...rangeHeaders(0) });
  }
  const session = registry.uploads.get(id);
  if (!session) return fail(exchange, 404, "BLOB_UPLOAD_UNKNOWN", "upload_unknown");
  const location = url.pathname;
  if (request.method === "GET") return send(exchange, 204, { location, ...rangeHeaders(session.content.length) });

  const start = /^(\d+)-(\d+)$/.exec(request.headers["content-range"] ?? "")?.[1];
  if (start !== undefined && Number(start) !== session.content.length) {
    await readBody(request);
    return send(exchange, 416, { location, ...rangeHeaders(session.content.length) });
  }
  const body = await readBody(request);
  session.content = Buffer.concat([
    session.content,
    fault?.kind === "cut-request" ? body.subarray(0, fault.bytes) : body,
  ]);
  if (fault?.kind === "cut-request") return void request.socket.destroy();
  if (request.method === "PATCH") return send(exchange, 202, { location, ...rangeHeaders(session.content.length) });
  const digest = url.searchParams.get("digest") ?? "";
  registry.uploads.delete(id);
  if (sha256(session.content) !== digest) return fail(exchange, 400, "DIGEST_INVALID", "digest_invalid");
  registry.blobs.set(`${repository}@${digest}`, session.content);
  send(exchange, 201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

function answerBlob(registry: FakeRegistry, exchange: Exchange, key: string): void {
  const { request, response, fault } = exchange;
  const stored = registry.blobs.get(key);
  if (!stored) return fail(exchange, 404, "BLOB_UNKNOWN", "blob_unknown");
  const content = Buffer.from(stored);
  if (fault?.kind === "corrupt") content[0] = (content[0] as number) ^ 1;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  const start = asked === undefined || fault?.kind === "ignore-range" ? 0 : Number(asked);
  const body = content.subarray(start);
  const partial = start > 0 ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  if (fault?.kind !== "cut-answer") return send(exchange, start > 0 ? 206 : 200, partial, body);
  response.writeHead(start > 0 ? 206 : 200, { ...partial, "content-length": body.length });
  response.write(body.subarray(0, fault.bytes), () => request.socket.destroy());
}

async function answerManifest(
  registry: FakeRegistry,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<void> {
  const { request } = exchange;
  if (request.method === "PUT") {
    const bytes = await readBody(request);
    const digest = sha256(bytes);
    registry.manifests.set(`${repository}@${digest}`, { bytes, mediaType: request.headers["content-type"] ?? "" });
    registry.tags.set(`${repository}:${reference}`, digest);
    return send(exchange, 201, { "docker-content-digest": digest });
  }
  const digest = reference.startsWith("sha256:") ? reference : registry.tags.get(`${repository}:${reference}`);
  const stored = registry.manifests.get(`${repository}@${digest}`);
  if (!stored || digest === undefined) return fail(exchange, 404, "MANIFEST_UNKNOWN", "manifest_unknown");
  const bytes = Buffer.from(stored.bytes);
  if (exchange.fault?.kind === "corrupt") bytes[0] = (bytes[0] as number) ^ 1;
  send(exchange, 200, { "content-type": stored.mediaType, "docker-content-digest": digest }, bytes);
}
