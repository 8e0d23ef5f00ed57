import { createHash, randomBytes } from "node:crypto";
import type { MeteredRegistry } from "./registry.ts";

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

const handle = "cost";
const password = "correct horse battery staple";

/** Somebody who publishes to the metered registry: an API key for the API, a registry token for one repository. */
export class Person {
  readonly handle = handle;
  readonly repository: string;
  readonly #registry: MeteredRegistry;
  #key = "";
  #token = "";

  private constructor(registry: MeteredRegistry, name: string) {
    this.#registry = registry;
    this.repository = `users/${handle}/${name}`;
  }

  static async signUp(registry: MeteredRegistry, name: string): Promise<Person> {
    const person = new Person(registry, name);
    const { token } = await person.#json<{ token: string }>("/api/v1/auth/sign-up", { handle, password });
    const { key } = await person.#json<{ key: string }>("/api/v1/auth/keys", { name, scopes: ["publish"] }, token);
    person.#key = key;
    await person.signIn();
    return person;
  }

  async #json<T>(path: string, body: unknown, token?: string): Promise<T> {
    const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const answer = await this.#registry.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** What every OCI client does first: exchanges its key for a token of the repository. */
  async signIn(): Promise<void> {
    const basic = Buffer.from(`${handle}:${this.#key}`).toString("base64");
    const path = `/v2/token?scope=repository:${this.repository}:pull,push`;
    const answer = await this.#registry.fetch(path, { headers: { Authorization: `Basic ${basic}` } });
    this.#token = ((await answer.json()) as { token: string }).token;
  }

  /** One request that has to be answered with `status`; returns the answer with its body read. */
  async send(
    method: string,
    path: string,
    status: number,
    more: { as?: "token" | "key" | "stranger"; type?: string; body?: string; range?: string } = {},
  ): Promise<{ headers: Headers; text: string }> {
    const { as = "token" } = more;
    const credential = { token: this.#token, key: this.#key, stranger: undefined }[as];
    const headers: Record<string, string> = {
      ...(credential ? { Authorization: `Bearer ${credential}` } : {}),
      ...(more.type ? { "Content-Type": more.type } : {}),
      ...(more.range ? { "Content-Range": more.range } : {}),
    };
    const answer = await this.#registry.fetch(path, {
      method,
      headers,
      ...(more.body === undefined ? {} : { body: more.body }),
    });
    const text = await answer.text();
    if (answer.status === status) return { headers: answer.headers, text };
    throw new Error(`${method} ${path} answered ${answer.status}, not ${status}: ${text.slice(0, 300)}`);
  }
}

export const randomContent = (size: number): string => randomBytes(size / 2).toString("hex");

export const describe = (content: string): Descriptor => ({
  digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
  size: Buffer.byteLength(content),
});
