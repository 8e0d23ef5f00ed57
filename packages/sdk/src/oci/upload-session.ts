import type { Digest } from "../../../../core/digests.ts";
import { ApiError } from "../errors.ts";
import type { Transport } from "../transport.ts";

type Body = Uint8Array | Blob;

function lengthOf(body: Body): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

/**
 * One upload of the OCI distribution-spec ("Pushing a blob in chunks"). None of its calls retries: after a failure
 * only the registry knows how much arrived, and the caller asks with `position`.
 */
export class UploadSession {
  readonly #transport: Transport;
  #location: string;
  /** The smallest chunk that the registry takes, in bytes. */
  readonly minChunk: number;
  /** The largest body that it takes, in bytes. */
  readonly maxChunk: number;
  /** Where to ask for parts that go straight to the registry's store; undefined when it does not offer that. */
  readonly partsUrl: string | undefined;

  private constructor(transport: Transport, location: string, answer: Headers = new Headers()) {
    this.#transport = transport;
    this.#location = location;
    this.minChunk = Number(answer.get("oci-chunk-min-length") ?? 0);
    this.maxChunk = Number(answer.get("oci-chunk-max-length") ?? Number.POSITIVE_INFINITY);
    const parts = answer.get("gati-parts");
    this.partsUrl = parts === null ? undefined : transport.url(parts).href;
  }

  /** Begins an upload; `target` is where uploads are opened. */
  static async begin(transport: Transport, target: string, signal?: AbortSignal): Promise<UploadSession> {
    // Beginning twice is harmless: the registry expires a session that is not used.
    const response = await transport.send({
      method: "POST",
      target,
      retry: "idempotent",
      signal,
    });
    const location = response.headers.get("location");
    if (location === null)
      throw new ApiError("upload_invalid", "The registry began an upload without saying where.", {
        status: response.status,
      });
    const url = transport.url(location).href;
    return new UploadSession(transport, url, response.headers);
  }

  /** Takes up a session that an earlier process began. */
  static at(transport: Transport, location: string): UploadSession {
    return new UploadSession(transport, transport.url(location).href);
  }

  /** Absolute URL; changes with each chunk. */
  get location(): string {
    return this.#location;
  }

  /** How many bytes the registry has. `upload_unknown` when the session is gone. */
  async position(signal?: AbortSignal): Promise<number> {
    const response = await this.#transport.send({ method: "GET", target: this.#location, signal });
    this.#follow(response);
    return positionOf(response.headers);
  }

  /** Sends one chunk that begins at `start`; resolves to how many bytes the registry has then. */
  async append(start: number, body: Body, signal?: AbortSignal): Promise<number> {
    const end = start + lengthOf(body);
    const response = await this.#transport.send({
      method: "PATCH",
      target: this.#location,
      headers: { "content-type": "application/octet-stream", "content-range": `${start}-${end - 1}` },
      body,
      retry: "never",
      signal,
    });
    this.#follow(response);
    return response.headers.has("range") ? positionOf(response.headers) : end;
  }

  /** Finishes the upload, with the whole content in `body` when no chunk was sent. `digest_invalid` when it does not match. */
  async finish(digest: Digest, body?: Body, signal?: AbortSignal): Promise<void> {
    const separator = this.#location.includes("?") ? "&" : "?";
    await this.#transport.send({
      method: "PUT",
      target: `${this.#location}${separator}digest=${encodeURIComponent(digest)}`,
      headers: { "content-type": "application/octet-stream" },
      body: body ?? new Uint8Array(0),
      retry: "never",
      signal,
    });
  }

  #follow(response: Response): void {
    const location = response.headers.get("location");
    if (location !== null) this.#location = this.#transport.url(location).href;
  }
}

/** `Range: 0-0` may mean nothing or one byte; `OCI-Upload-Offset` says which, and without it nothing is the safe reading. */
function positionOf(headers: Headers): number {
  const exact = headers.get("oci-upload-offset");
  if (exact !== null && /^\d+$/.test(exact)) return Number(exact);
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.get("range") ?? "")?.[1];
  return last === undefined || last === "0" ? 0 : Number(last) + 1;
}
