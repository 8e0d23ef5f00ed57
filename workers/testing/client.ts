import { exports } from "cloudflare:workers";
import { vi } from "vitest";
import { digestBytes } from "../../core/digests.ts";

/** A person who speaks to the worker's own fetch handler, without a socket in between. */
export interface Client {
  readonly handle: string;
  /** Value of the header with which this person signs in. */
  readonly authorization: string;
  /** `users/<handle>/<name>`. */
  repository(name: string): string;
  send(method: string, path: string, init?: { body?: BodyInit; headers?: Record<string, string> }): Promise<Response>;
}

let count = 0;

export async function signUp(): Promise<Client> {
  // One line for every request would bury what the tests say.
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const handle = `client-${++count}`;
  const fetch = (path: string, init: RequestInit) =>
    exports.default.fetch(new Request(`http://registry.test${path}`, init));
  const response = await fetch("/api/v1/auth/sign-up", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ handle, password: "correct horse battery" }),
  });
  const { token } = await response.json<{ token: string }>();
  const authorization = `Bearer ${token}`;
  return {
    handle,
    authorization,
    repository: (name) => `users/${handle}/${name}`,
    send: (method, path, { body, headers } = {}) =>
      fetch(path, {
        method,
        headers: { Authorization: authorization, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  };
}

export const sha256 = (content: string) => digestBytes("sha256", new TextEncoder().encode(content));

/** Uploads a blob in one request. */
export async function pushBlob(client: Client, repository: string, content: string) {
  const digest = await sha256(content);
  await client.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: content });
  return { mediaType: "application/octet-stream", digest, size: content.length };
}

/** A blob's bytes as text. */
export const contentOf = async (response: Response) => new TextDecoder().decode(await response.arrayBuffer());
