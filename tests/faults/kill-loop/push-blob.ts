import type { Body } from "../../harness/api.ts";
import { pieceSize } from "../../harness/content.ts";
import { type Client, GaveUp } from "./client.ts";
import type { Content, RepositoryModel } from "./model.ts";

const ways = ["post", "streamed post", "put", "streamed", "chunked"] as const;

/** Pushes a blob in one of the ways that clients use, through however many crashes. */
export async function pushBlob(client: Client, repository: RepositoryModel, content: Content): Promise<void> {
  const way = client.random.pick(ways);
  const uploads = `/v2/${repository.name}/blobs/uploads/`;
  const { bytes, digest } = content;
  if (way === "post" || way === "streamed post") {
    const body = () => (way === "post" ? bytes : pieces(bytes));
    return finish(client, repository, content, way, "POST", `${uploads}?digest=${digest}`, body);
  }
  const location = await startUpload(client, uploads);
  if (way === "put")
    return finish(client, repository, content, "put with body", "PUT", `${location}?digest=${digest}`, () => bytes);
  const ends = way === "chunked" ? cut(client, bytes.length) : [bytes.length];
  await sendChunks(client, location, bytes, ends, way === "chunked");
  return finish(client, repository, content, "put", "PUT", `${location}?digest=${digest}`);
}

/** Mounts a blob, or uploads it when the source does not hold it, as OCI clients do. */
export async function mountBlob(
  client: Client,
  repository: RepositoryModel,
  content: Content,
  from: string,
): Promise<void> {
  const uploads = `/v2/${repository.name}/blobs/uploads/`;
  const { digest } = content;
  try {
    const answer = await client.step("mount", "POST", `${uploads}?mount=${digest}&from=${from}`);
    client.expect(`mounting ${digest} from ${from} in ${repository.name}`, answer, [201, 202]);
    if (answer.status === 201) return repository.pushed(content, true);
    const location = answer.headers.get("location") ?? "";
    await finish(
      client,
      repository,
      content,
      "put with body",
      "PUT",
      `${location}?digest=${digest}`,
      () => content.bytes,
    );
  } catch (error) {
    if (error instanceof GaveUp) repository.pushed(content, false);
    throw error;
  }
}

/** Begins an upload and takes it back. */
export async function cancelUpload(client: Client, repository: RepositoryModel, bytes: Uint8Array): Promise<void> {
  const location = await startUpload(client, `/v2/${repository.name}/blobs/uploads/`);
  await sendChunks(client, location, bytes, [bytes.length], true);
  const answer = await client.step("cancel", "DELETE", location);
  client.expect(`cancelling an upload of ${repository.name}`, answer, [204, 404]);
  const status = await client.step("upload status", "GET", location);
  client.expect(`asking for a cancelled upload of ${repository.name}`, status, [404]);
}

async function startUpload(client: Client, uploads: string): Promise<string> {
  const answer = await client.step("start upload", "POST", uploads);
  client.expect(`POST ${uploads}`, answer, [202]);
  return answer.headers.get("location") ?? "";
}

/** The request after which the blob is there. Without an answer it may be there, or come. */
async function finish(
  client: Client,
  repository: RepositoryModel,
  content: Content,
  step: string,
  method: string,
  path: string,
  body?: () => Body,
): Promise<void> {
  try {
    const answer = await client.step(step, method, path, () => ({ body: body?.() }));
    client.expect(`${step} of ${content.digest} (${content.bytes.length} bytes) in ${repository.name}`, answer, [201]);
    repository.pushed(content, true);
  } catch (error) {
    repository.pushed(content, false);
    throw error;
  }
}

/** Sends up to each of `ends`. After a lost answer it asks where the upload stands: before that chunk or behind it. */
async function sendChunks(
  client: Client,
  location: string,
  bytes: Uint8Array,
  ends: readonly number[],
  announced: boolean,
): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const end = ends.find((one) => one > at) ?? bytes.length;
    const chunk = bytes.subarray(at, end);
    const answer = await client.attempt(announced ? "chunk" : "patch", "PATCH", location, () =>
      announced ? { body: chunk, headers: { "Content-Range": `${at}-${end - 1}` } } : { body: pieces(chunk) },
    );
    if (answer) {
      client.expect(`a chunk to ${location}`, answer, [202]);
      at = end;
    } else {
      client.mayGiveUp("chunk");
      at = await standing(client, location, at, end);
    }
  }
}

async function standing(client: Client, location: string, before: number, after: number): Promise<number> {
  const answer = await client.step("upload status", "GET", location);
  client.expect(`asking where ${location} stands`, answer, [204]);
  const offset = Number(answer.headers.get("oci-upload-offset"));
  if (offset !== before && offset !== after) {
    client.ledger.finding(`${location} stands at ${offset}, after a chunk from ${before} to ${after} was cut off`);
  }
  client.ledger.checked += 1;
  return offset;
}

function cut(client: Client, length: number): number[] {
  const parts = client.random.between(2, 4);
  return Array.from({ length: parts }, (_, i) => Math.ceil((length * (i + 1)) / parts));
}

/** A body of unknown length; small pieces make more moments to be cut off at. */
async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const size = pieceSize / 16;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
