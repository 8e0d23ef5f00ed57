import type { Api, Credential, SendOptions } from "../../harness/api.ts";
import type { Random } from "./random.ts";
import type { Ledger } from "./ledger.ts";
import type { Service } from "./service.ts";

/** How often a client that got no answer goes away for good instead of trying again. */
const giveUpChance = 0.25;

/** Thrown when a client goes away after a request that got no answer. */
export class GaveUp extends Error {}
/** Thrown after an answer that the registry must not give; it is in the ledger. */
export class Unexpected extends Error {}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An answer, and whether an earlier try may have had its effect already. */
export interface StepAnswer extends Answer {
  readonly repeated: boolean;
}

const mostStrikes = 5;

/** Made anew for every try, because a streamed body can be sent only once. */
export type Options = () => SendOptions;
const none: Options = () => ({});

/** Connection errors of requests that never reached the server. */
const neverSent = new Set(["ECONNREFUSED", "EADDRNOTAVAIL"]);

/** One writer: sends one request at a time, waits while the server is away, and then goes on or gives up. */
export class Client {
  readonly api: Api;
  readonly as: Credential;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly #service: Service;
  #strikes = 0;

  constructor(parts: { api: Api; as: Credential; random: Random; ledger: Ledger; service: Service }) {
    this.api = parts.api;
    this.as = parts.as;
    this.random = parts.random;
    this.ledger = parts.ledger;
    this.#service = parts.service;
  }

  /** Sends a request until it is answered. Throws `GaveUp` when the client has lost its patience. */
  async step(name: string, method: string, path: string, options: Options = none): Promise<StepAnswer> {
    for (let repeated = false; ; repeated = true) {
      const answer = await this.attempt(name, method, path, options);
      if (answer) return { ...answer, repeated };
      this.mayGiveUp(name);
    }
  }

  /** Sends a request once: undefined when it got no answer. The server is up again when this resolves. */
  async attempt(name: string, method: string, path: string, options: Options = none): Promise<Answer | undefined> {
    await this.#service.back();
    try {
      const response = await this.api.send(method, path, { as: this.as, ...options() });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      this.ledger.answered(name);
      this.#strikes = 0;
      return answer;
    } catch (error) {
      if (this.#service.isUp) this.#strike(name, error);
      else if (!neverSent.has(connectionCode(error))) this.ledger.lost(name);
      await this.#service.back();
      return undefined;
    }
  }

  /** A connection from before a restart may fail once after it; more than a few mean that the server is not there. */
  #strike(step: string, error: unknown): void {
    this.#strikes += 1;
    if (this.#strikes <= mostStrikes) return;
    this.ledger.finding(`${step} got no answer although the server runs: ${String(error)}`);
    throw new Unexpected(step);
  }

  mayGiveUp(step: string): void {
    if (this.random.chance(giveUpChance)) throw new GaveUp(step);
  }

  /** Notes an answer that nothing excuses. */
  expect(what: string, answer: Answer, allowed: readonly number[]): void {
    if (allowed.includes(answer.status)) return;
    this.ledger.finding(`${what} was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
    throw new Unexpected(what);
  }
}

function connectionCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
}
