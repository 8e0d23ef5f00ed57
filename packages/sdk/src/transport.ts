import type { Credential } from "./credentials.ts";
import { authorizationOf } from "./credentials.ts";
import { ApiError, isTransient } from "./errors.ts";
import { errorFromResponse, notARegistry } from "./error-responses.ts";
import { type RetryPolicy, waitBeforeRetry } from "./retry.ts";

export interface TransportOptions {
  readonly registry: URL;
  readonly credential?: Credential;
  readonly fetch: typeof globalThis.fetch;
  readonly userAgent?: string;
  readonly retry: RetryPolicy;
  /** How long to wait for an answer's first byte, in milliseconds. */
  readonly timeoutMs: number;
  /** A credential with a fresh second factor, when a call needs one; undefined when there is none to be had. */
  readonly stepUp?: (error: ApiError) => Promise<Credential | undefined>;
}

export interface RequestOptions {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the registry's origin, or an absolute URL that the registry gave (an upload's location). */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Blob;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
  /**
   * `idempotent`: repeat on any transient failure. `refused` (the default for POST and PATCH): repeat only when the
   * registry said that it did not act (429, 503). `never`: the caller recovers by itself.
   */
  readonly retry?: "idempotent" | "refused" | "never";
  /** Send no credential: the address is signed by itself, and a store refuses a second one. */
  readonly anonymous?: boolean;
  /** Statuses outside 200-299 that are answers here, not errors. */
  readonly accept?: readonly number[];
}

/** Sends requests to one registry: credentials, time limit, retries and errors in one place. */
export class Transport {
  readonly options: TransportOptions;
  /** Asked for once, for all calls that need it at the same time. */
  #fresh: Promise<Credential | undefined> | undefined;
  #credential: Credential | undefined;

  constructor(options: TransportOptions) {
    this.options = options;
    this.#credential = options.credential;
  }

  url(target: string): URL {
    return new URL(target, this.options.registry);
  }

  /** Resolves to a response that is ok or in `accept`. Throws `ApiError`, or the reason of an aborted `signal`. */
  async send(request: RequestOptions): Promise<Response> {
    const retry = request.retry ?? (request.method === "POST" || request.method === "PATCH" ? "refused" : "idempotent");
    for (let failures = 1; ; failures++) {
      const used = this.#credential;
      try {
        return await this.once(request);
      } catch (error) {
        if (await this.#steppedUp(error, used)) continue;
        if (!isTransient(error) || retry === "never") throw error;
        if (retry === "refused" && error.status !== 429 && error.status !== 503) throw error;
        await waitBeforeRetry(this.options.retry, failures, error, request.signal);
      }
    }
  }

  /** True when the call can be repeated with a fresh second factor. A sign-in has its own way to ask for one. */
  async #steppedUp(error: unknown, used: Credential | undefined): Promise<boolean> {
    const { stepUp } = this.options;
    if (!stepUp || !(error instanceof ApiError) || error.code !== "second_factor_required") return false;
    if (used === undefined || error.details["challenge"] !== undefined) return false;
    // Others may have asked meanwhile.
    if (used !== this.#credential) return true;
    if (used !== this.options.credential) return false;
    this.#fresh ??= stepUp(error);
    const fresh = await this.#fresh;
    if (fresh === undefined) return false;
    this.#credential = fresh;
    return true;
  }

  /** `send`, and the answer's JSON. */
  async json<T>(request: RequestOptions): Promise<T> {
    const response = await this.send({ ...request, headers: { accept: "application/json", ...request.headers } });
    try {
      return (await response.json()) as T;
    } catch (cause) {
      throw notARegistry(this.options.registry, "something that is not JSON", { status: response.status, cause });
    }
  }

  private async once(request: RequestOptions): Promise<Response> {
    request.signal?.throwIfAborted();
    const url = this.url(request.target);
    const timer = new AbortController();
    // Only the wait for the answer is limited: the body of a large blob may take as long as it keeps coming.
    const timeout = setTimeout(() => timer.abort(), this.options.timeoutMs);
    try {
      const response = await this.options.fetch(url, {
        method: request.method,
        headers: this.headers(url, request),
        signal: request.signal ? AbortSignal.any([request.signal, timer.signal]) : timer.signal,
        ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
        ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
      });
      if (response.ok || request.accept?.includes(response.status)) return response;
      throw await errorFromResponse(response, this.options.registry);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      request.signal?.throwIfAborted();
      throw unreachable(url, timer.signal.aborted ? this.options.timeoutMs : undefined, error);
    } finally {
      clearTimeout(timeout);
    }
  }

  private headers(url: URL, request: RequestOptions): Record<string, string> {
    const { userAgent, registry } = this.options;
    const credential = this.#credential;
    return {
      ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
      ...(request.json === undefined ? {} : { "content-type": "application/json" }),
      // A location may point at storage elsewhere, signed by itself: the credential is the registry's alone.
      ...(credential !== undefined && url.origin === registry.origin && !request.anonymous
        ? { authorization: authorizationOf(credential) }
        : {}),
      ...request.headers,
    };
  }
}

function unreachable(url: URL, timeoutMs: number | undefined, cause: unknown): ApiError {
  const why = timeoutMs === undefined ? "could not be reached" : `did not answer within ${timeoutMs / 1000} s`;
  return new ApiError("unavailable", `The registry at ${url.origin} ${why}.`, {
    cause,
    suggestions: ["Check the address and the network connection, then run the same command again."],
  });
}
