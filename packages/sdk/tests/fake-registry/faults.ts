import type { IncomingMessage } from "node:http";

/** What the network or the registry does wrong with one request. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks before anything is done. */
  | { readonly kind: "reset" }
  /** The work is done, and the connection breaks before the answer. */
  | { readonly kind: "lose-answer" }
  /** The connection breaks after so many bytes of the request's body were kept. */
  | { readonly kind: "cut-request"; readonly bytes: number }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly kind: "cut-answer"; readonly bytes: number }
  /** The body has one wrong bit. */
  | { readonly kind: "corrupt" }
  /** The Range header is ignored, as some proxies do. */
  | { readonly kind: "ignore-range" };

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: Fault;
  times: number;
}

/** A plan of faults: each rule strikes the first `times` requests that match it. */
export class FaultPlan {
  #rules: Rule[] = [];

  add(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.#rules.push({ method, path, fault, times });
  }

  take(request: IncomingMessage): Fault | undefined {
    const rule = this.#rules.find(
      (candidate) =>
        candidate.times > 0 && candidate.method === request.method && candidate.path.test(request.url ?? ""),
    );
    if (rule) rule.times -= 1;
    return rule?.fault;
  }
}
