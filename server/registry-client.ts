import { StartError } from "./start-error.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface RequestParts {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Speaks to the registry that was just started, for what the first start has to add. */
export class RegistryClient {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  /** Sends one request. Throws `StartError` when the answer's status is not one of `accepted`. */
  async send(method: string, path: string, parts: RequestParts, accepted: readonly number[]): Promise<Answer> {
    const headers = { ...parts.headers, ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}) };
    const response = await fetch(new URL(path, this.url), {
      method,
      headers,
      ...(parts.body === undefined ? {} : { body: parts.body as BodyInit }),
    });
    const text = await response.text();
    if (!accepted.includes(response.status)) {
      throw new StartError(`The registry answered ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`);
    }
    return { status: response.status, headers: response.headers, body: parseJson(text) };
  }

  post(path: string, body: unknown, accepted: readonly number[]): Promise<Answer> {
    return this.send("POST", path, { body: JSON.stringify(body), headers: { "content-type": "application/json" } }, accepted);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The member `key` of an answer's body when it is a text. */
export function textMember(body: unknown, key: string): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const value: unknown = Reflect.get(body, key);
  return typeof value === "string" ? value : undefined;
}
