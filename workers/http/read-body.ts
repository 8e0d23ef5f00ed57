import { RegistryError, type ErrorCode } from "../../core/errors.ts";

/**
 * Reads a body that must fit into memory. The limit is checked while reading, so a body without Content-Length cannot
 * get past it. Throws `code` when it is larger than `limit` bytes; the rest of the body is then left for `drain`.
 */
export async function readBody(request: Request, limit: number, code: ErrorCode): Promise<Uint8Array> {
  const tooLarge = () =>
    new RegistryError(code, `The body is larger than ${limit} bytes.`, {
      details: { limit },
      suggestions: ["Send less: large content belongs into a blob."],
    });
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  if (!request.body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > limit) {
      reader.releaseLock();
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
