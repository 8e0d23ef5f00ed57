import { createHash, type Hash } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { once } from "node:events";
import { Readable } from "node:stream";
import { authorization } from "../../harness/api.ts";
import { contentPieces, pieceSize } from "../../harness/content.ts";
import type { Repository } from "../../http/support/repository.ts";

/** Content of any size that exists nowhere as a whole: made piece by piece while it is sent. */
export interface Content {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

const agent = new Agent({ keepAlive: true });
/** What the gati CLI sends at once, in whole pieces. */
const chunkSize = 40 * pieceSize;

const authorized = ({ as }: Repository): Record<string, string> => (as ? { Authorization: authorization(as) } : {});

async function* hashed(pieces: Iterable<Uint8Array>, hash: Hash): AsyncIterable<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/** Sends a request with a body of unknown length, or of the length that its headers state. */
async function send(
  repository: Repository,
  method: string,
  path: string,
  body: AsyncIterable<Uint8Array>,
  headers: Record<string, string | number> = {},
): Promise<number> {
  const url = new URL(path, repository.api.url);
  const outgoing = request(url, { method, agent, headers: { ...authorized(repository), ...headers } });
  const answered = once(outgoing, "response");
  const source = Readable.from(body, { objectMode: false, highWaterMark: 4 * pieceSize });
  source.on("error", (error) => outgoing.destroy(error)).pipe(outgoing);
  const [response] = (await answered) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.statusCode ?? 0;
}

async function finish(repository: Repository, location: string, hash: Hash): Promise<string> {
  const digest = `sha256:${hash.digest("hex")}`;
  const { status } = await repository.send("PUT", `${location}?digest=${digest}`);
  if (status !== 201) throw new Error(`the upload was ended with ${status}`);
  return digest;
}

/** One PATCH of unknown length, as docker sends a layer. */
async function pushStreamed(repository: Repository, { name, size }: Content): Promise<string> {
  const location = await repository.startUpload();
  const hash = createHash("sha256");
  const status = await send(repository, "PATCH", location, hashed(contentPieces(name, size), hash));
  if (status !== 202) throw new Error(`the stream was answered with ${status}`);
  return finish(repository, location, hash);
}

/** Chunks of 10 MB with Content-Range, as the gati CLI sends them. */
async function pushChunked(repository: Repository, { name, size }: Content): Promise<string> {
  const location = await repository.startUpload();
  const hash = createHash("sha256");
  for (let at = 0; at < size; at += chunkSize) {
    const end = Math.min(at + chunkSize, size);
    const headers = { "Content-Range": `${at}-${end - 1}`, "Content-Length": end - at };
    const status = await send(repository, "PATCH", location, hashed(contentPieces(name, end, at), hash), headers);
    if (status !== 202) throw new Error(`the chunk at ${at} was answered with ${status}`);
  }
  return finish(repository, location, hash);
}

/** The ways to push a large blob; each returns its digest. Parts that go straight to a store: `direct-parts.load.ts`. */
export const ways = { "one PATCH of unknown length": pushStreamed, "chunks of 10 MB": pushChunked };

/**
 * Pulls a blob over a connection that breaks again and again: each time the rest is asked for by Range. Returns the
 * digest of what came together.
 */
export async function pullBroken(
  repository: Repository,
  digest: string,
  size: number,
  breaks: number,
): Promise<string> {
  const hash = createHash("sha256");
  const url = new URL(`/v2/${repository.name}/blobs/${digest}`, repository.api.url);
  let received = 0;
  for (let part = 1; received < size; part++) {
    const until = part > breaks ? size : Math.floor((size * part) / (breaks + 1));
    const range = received > 0 ? { Range: `bytes=${received}-` } : {};
    const outgoing = request(url, { headers: { ...authorized(repository), ...range } });
    const answered = once(outgoing, "response");
    outgoing.end();
    const [response] = (await answered) as [IncomingMessage];
    const expected = received > 0 ? 206 : 200;
    if (response.statusCode !== expected)
      throw new Error(`the blob from ${received} on was answered with ${response.statusCode}`);
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      hash.update(piece);
      received += piece.byteLength;
      // Leaving the loop destroys the connection in the middle of the body.
      if (received >= until && received < size) break;
    }
  }
  return `sha256:${hash.digest("hex")}`;
}
