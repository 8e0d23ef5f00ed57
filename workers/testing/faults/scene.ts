import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { expect } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import type { Env } from "../../env.ts";
import worker from "../../index.ts";
import type { FaultPlan } from "./fault-plan.ts";

export interface Call {
  readonly headers?: Record<string, string>;
  /** Made anew for every try. */
  readonly body?: () => BodyInit;
  /** What the call answers when nothing is in its way. */
  readonly status: number;
  /** What a repeated call may answer instead, when the first one had its effect. */
  readonly repeated?: readonly number[];
  readonly as?: string;
}

/** Where one operation takes place: a repository of its own, contents of its own, and stores that may fail. */
export class Scene {
  readonly repository: string;
  /** Another repository of the same user, for mounts. */
  readonly other: string;
  readonly env: Env;
  readonly operator: string;
  /** Calls that were answered with success so far. */
  done = 0;
  /** Called after each of these. */
  answered: () => Promise<void> = () => Promise.resolve();
  readonly #token: string;
  readonly #plan: FaultPlan;
  readonly #failed: (scene: Scene) => Promise<void>;
  readonly #names = new Map<string, string>();

  /** `failed` is called after a call that a fault cut short, before it is repeated. */
  constructor(
    parts: { env: Env; plan: FaultPlan; token: string; operator: string; handle: string; name: string },
    failed: (scene: Scene) => Promise<void>,
  ) {
    this.env = parts.env;
    this.operator = parts.operator;
    this.repository = `users/${parts.handle}/${parts.name}`;
    this.other = `${this.repository}-other`;
    this.#token = parts.token;
    this.#plan = parts.plan;
    this.#failed = failed;
  }

  /** Content that only this scene has, and its digest. */
  async content(label: string, size = 40): Promise<{ text: string; digest: string }> {
    const text = `${this.repository} ${label} `.padEnd(size, ".");
    return { text, digest: await this.digest(label, text) };
  }

  /** The digest of a text, which is called `label` where scenes are compared. */
  async digest(label: string, text: string): Promise<string> {
    const digest = await digestBytes("sha256", new TextEncoder().encode(text));
    this.#names.set(digest, label);
    return digest;
  }

  /** A description of this scene in words that it shares with others. */
  neutral(text: string): string {
    let neutral = text.replaceAll(this.repository, "repository");
    for (const [digest, label] of this.#names) neutral = neutral.replaceAll(digest, label);
    return neutral;
  }

  /** A call that succeeds, if not at once then when it is plainly repeated. */
  async call(method: string, path: string, call: Call): Promise<Response> {
    let response = await this.send(method, path, call);
    let allowed: readonly number[] = [call.status];
    if (response.status >= 500) {
      await this.#judge(response);
      response = await this.send(method, path, call);
      allowed = [call.status, ...(call.repeated ?? [])];
    }
    const text = allowed.includes(response.status) ? "" : await response.clone().text();
    expect([`${method} ${path}`, allowed.includes(response.status), response.status, text]).toMatchObject({ 1: true });
    this.done += 1;
    await this.answered();
    return response;
  }

  /** Notes that a call was cut short, without repeating it. */
  async #judge(response: Response): Promise<void> {
    this.#plan.disarm();
    await assertClear(response);
    await this.#failed(this);
  }

  /**
   * Sends bytes for an upload. After a failure the client asks where the upload stands, as the distribution-spec wants
   * it, and sends what is missing.
   */
  async chunk(location: string, text: string, from: number, announced: boolean): Promise<number> {
    const end = from + text.length;
    const headers: Record<string, string> = announced ? { "Content-Range": `${from}-${end - 1}` } : {};
    const response = await this.send("PATCH", location, { body: () => text, headers });
    if (response.status >= 500) {
      await this.#judge(response);
      const standing = await this.call("GET", location, { status: 204 });
      this.done -= 1;
      const offset = Number(standing.headers.get("oci-upload-offset"));
      expect([from, end]).toContain(offset);
      if (offset === from) return this.chunk(location, text, from, announced);
    } else {
      expect(response.status).toBe(202);
    }
    this.done += 1;
    await this.answered();
    return end;
  }

  async send(method: string, path: string, { headers, body, as }: Omit<Call, "status">): Promise<Response> {
    const content = body?.();
    // As a socket would have it: bytes in memory are announced, a stream is not.
    const length = typeof content === "string" ? { "Content-Length": String(Buffer.byteLength(content)) } : {};
    const request = new Request(`http://registry.test${path}`, {
      method,
      headers: { Authorization: `Bearer ${as ?? this.#token}`, ...length, ...headers },
      ...(content === undefined ? {} : { body: content }),
    });
    const context = createExecutionContext();
    const response = await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, this.env, context);
    // Read before the rest is waited for, which may be what sends it.
    const bytes = await response.arrayBuffer();
    // What follows a read is the counting of downloads, which takes its time.
    if (method !== "GET") await waitOnExecutionContext(context);
    return new Response(bytes.byteLength > 0 ? bytes : null, response);
  }
}

interface OciFault {
  readonly errors: [{ code: string; message: string; detail: { reason: string } }];
}
interface Problem {
  readonly code: string;
  readonly suggestions: string[];
}

/** A 5xx in the envelope of its surface that says what to do, and nothing of what went on inside. */
async function assertClear(response: Response): Promise<void> {
  const text = await response.text();
  expect([500, 503]).toContain(response.status);
  expect(text).not.toMatch(/injected|secret|SELECT|\bat \w+ \(|D1_/);
  if (response.headers.get("content-type") === "application/problem+json") {
    const problem = JSON.parse(text) as Problem;
    expect(problem.suggestions.length).toBeGreaterThan(0);
    return expect(["unavailable", "internal"]).toContain(problem.code);
  }
  const { errors } = JSON.parse(text) as OciFault;
  expect(errors[0].code).toBe("UNKNOWN");
  expect(["unavailable", "internal"]).toContain(errors[0].detail.reason);
  expect(errors[0].message).toMatch(/\. (Repeat|Ask) /);
}
