import { AwsClient } from "aws4fetch";
import { RegistryError } from "../../../core/errors.ts";
import { guarded } from "../pump.ts";
import type { S3Settings } from "./settings.ts";
import { s3Error } from "./xml.ts";

export interface S3Call {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ReadableStream<Uint8Array> | Uint8Array | string;
  /** Statuses that are answers; any other is an error of the store. */
  readonly accepted: readonly number[];
}

/** The type of every object: content without one may be compressed on its way and so lose its length. */
export const octets = { "Content-Type": "application/octet-stream" };

/** How often a call that can be repeated is sent again when the store is busy. */
const retries = 3;

/** One bucket behind the S3 API: signed calls, and addresses that let a client make one call by itself. */
export class S3Bucket {
  readonly #settings: S3Settings;
  readonly #client: AwsClient;
  /** For bodies that can be read once only. */
  readonly #once: AwsClient;

  constructor(settings: S3Settings) {
    const { accessKeyId, secretAccessKey, region } = settings;
    const shared = { accessKeyId, secretAccessKey, region, service: "s3", cache: new Map<string, ArrayBuffer>() };
    this.#settings = settings;
    this.#client = new AwsClient({ ...shared, retries });
    this.#once = new AwsClient({ ...shared, retries: 0 });
  }

  /** Sends one call. Errors: `unavailable` for a failed connection and for every status that is not accepted. */
  call(call: S3Call): Promise<Response> {
    return guarded(async () => {
      const client = call.body instanceof ReadableStream ? this.#once : this.#client;
      const response = await client.fetch(this.#url(this.#settings.endpoint, call.key, call.query), {
        method: call.method,
        ...(call.headers ? { headers: call.headers } : {}),
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      if (call.accepted.includes(response.status)) return response;
      const error = s3Error(await response.text());
      throw new RegistryError(
        "unavailable",
        `The S3 store answered ${response.status} ${error?.code ?? ""} to ${call.method}: ${error?.message ?? "no reason given"}`,
      );
    });
  }

  /** Address that allows one kind of call on one object, without other credentials, for `seconds`. */
  async presign(method: "GET" | "PUT", key: string, query: Record<string, string>, seconds: number): Promise<string> {
    const url = this.#url(this.#settings.publicEndpoint, key, { ...query, "X-Amz-Expires": String(seconds) });
    const signed = await this.#client.sign(url, { method, aws: { signQuery: true } });
    return signed.url;
  }

  /** Path-style: the form that every store and every development endpoint knows. */
  #url(endpoint: string, key: string | undefined, query: Readonly<Record<string, string>> = {}): string {
    const url = new URL(`${endpoint}/${this.#settings.bucket}${key === undefined ? "" : `/${key}`}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }
}
