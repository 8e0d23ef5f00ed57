/** How a request says who asks. */
export type Credential = { readonly bearer: string } | { readonly basic: readonly [string, string] };

/** A body of unknown length is an async iterable: it goes out with Transfer-Encoding: chunked. */
export type Body = Uint8Array | string | AsyncIterable<Uint8Array>;

export interface SendOptions {
  readonly as?: Credential | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  /** Sent as an application/json body. */
  readonly json?: unknown;
}

export function authorization(credential: Credential): string {
  if ("bearer" in credential) return `Bearer ${credential.bearer}`;
  return `Basic ${Buffer.from(credential.basic.join(":")).toString("base64")}`;
}

/** One registry as its clients see it: raw requests, raw answers. */
export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** `path` may be a Location header: relative or absolute. Never follows redirects. */
  send(method: string, path: string, { as, headers, body, json }: SendOptions = {}): Promise<Response> {
    const init = {
      method,
      redirect: "manual",
      duplex: "half",
      headers: {
        ...(as ? { Authorization: authorization(as) } : {}),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: body as BodyInit }),
    };
    return fetch(new URL(path, this.url), init as RequestInit);
  }

  /** The JSON of an answer that must be a success. */
  async read<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
