import { setTimeout as delay } from "node:timers/promises";
import { RestartableRegistry, testOperator } from "../../harness/registry-process.ts";
import { Api } from "../../harness/api.ts";
import { makeKey, signUp } from "../../http/support/people.ts";
import { checkRepository } from "./check.ts";
import { Client } from "./client.ts";
import { letADayPass, letObjectsAge, settled } from "./clock.ts";
import { collect } from "./collector.ts";
import { kill, victims } from "./kill.ts";
import { Ledger } from "./ledger.ts";
import type { RepositoryModel } from "./model.ts";
import { Random } from "./random.ts";
import { Service } from "./service.ts";
import { verify, verifyNow } from "./verify.ts";
import { Writer } from "./writer.ts";

export interface LoopOptions {
  readonly rounds: number;
  readonly seed: number;
  /** False leaves out the checks for which a day has to pass, which take half a minute each. */
  readonly thorough: boolean;
  /** Ends the loop after the round under way. */
  readonly stop?: AbortSignal;
  /** Called after every round with lines about it. */
  readonly report?: (line: string) => void;
}

const people = 3;
const scopes = ["read", "publish", "admin"] as const;
const writersOfEach = 2;
/** Latest moment of the kill after the load began, in milliseconds. */
const latestKill = 800;
/** Longer than the alarms take that finish what a crash cut off, in milliseconds. */
const alarms = 7_000;
const verifyEvery = 25;
/** Findings after which going on would only repeat them. */
const enough = 50;

/**
 * Kills the server again and again while clients push, publish, delete and collect, and looks after every restart
 * whether it kept its promises (see model.ts). The seed decides what the clients do and when the kill comes; how far
 * they get until then it cannot decide.
 */
export async function killLoop({ rounds, seed, thorough, stop, report }: LoopOptions): Promise<Ledger> {
  const registry = await RestartableRegistry.start();
  try {
    const loop = await Loop.prepare(registry, new Random(seed));
    for (let round = 1; round <= rounds; round++) {
      const started = Date.now();
      const before = loop.ledger.findings.length;
      await loop.round(round);
      if (round === rounds || round % verifyEvery === 0) await loop.judge(thorough);
      report?.(`round ${round}: ${Date.now() - started} ms`);
      for (const finding of loop.ledger.findings.slice(before)) report?.(finding);
      if (loop.ledger.findings.length >= enough || stop?.aborted) break;
    }
    return loop.ledger;
  } finally {
    await registry.remove();
  }
}

class Loop {
  readonly ledger: Ledger;
  readonly #registry: RestartableRegistry;
  readonly #random: Random;
  readonly #service = new Service();
  readonly #writers: Writer[] = [];
  readonly #operator: Client;

  private constructor(registry: RestartableRegistry, random: Random, ledger: Ledger, operator: Client["as"]) {
    this.#registry = registry;
    this.#random = random;
    this.ledger = ledger;
    this.#operator = this.#client(operator);
  }

  static async prepare(registry: RestartableRegistry, random: Random): Promise<Loop> {
    const api = new Api(registry.url);
    const { token } = await api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", { json: testOperator });
    // Keys, because a long run outlives the tokens of sessions.
    const operator = await makeKey(api, { ...testOperator, id: "", session: { bearer: token } }, scopes);
    const loop = new Loop(registry, random, new Ledger(), operator.as);
    for (let i = 0; i < people; i++) {
      const person = await signUp(api);
      const { as } = await makeKey(api, person, scopes);
      for (let n = 0; n < writersOfEach; n++) {
        const client = loop.#client(as);
        loop.#writers.push(new Writer(client, `users/${person.handle}`, `writer${n}`, () => loop.#repositories()));
      }
    }
    return loop;
  }

  #client(as: Client["as"]): Client {
    const { ledger } = this;
    return new Client({
      api: new Api(this.#registry.url),
      as,
      random: this.#random.fork(),
      ledger,
      service: this.#service,
    });
  }

  #repositories(): RepositoryModel[] {
    return this.#writers.flatMap((writer) => writer.repositories);
  }

  async round(number: number): Promise<void> {
    this.ledger.rounds = number;
    const victim = this.#random.pick(victims);
    let over = false;
    const work = async (turn: () => Promise<void>) => {
      while (!over) await turn();
    };
    const clients = [
      ...this.#writers.map((writer) => work(() => writer.operate())),
      work(() => collect(this.#operator)),
    ];
    await delay(this.#random.between(0, latestKill));
    this.#service.goesDown();
    // What was begun goes on after the restart; nothing new begins.
    over = true;
    await kill(this.#registry, victim);
    if (victim !== "runtime") await this.#restart();
    this.#service.isBack();
    await Promise.all(clients);
    // The collector assumes that a publish takes less than an hour. After a day that passed in a moment, it may only go
    // on when nothing is left of the publishes from before.
    await Promise.all(this.#writers.map((writer) => writer.settle()));
    await this.#check(false);
  }

  /** Looks at everything, and has the registry look at itself. */
  async judge(thorough: boolean): Promise<void> {
    await this.#check(true);
    if (thorough) await verify(this.#operator, () => this.#nextDay());
    else await verifyNow(this.#operator);
  }

  async #restart(): Promise<void> {
    if (this.#random.chance(0.5)) this.#dayPasses();
    await this.#registry.start();
  }

  #dayPasses(): void {
    const before = letADayPass(this.#registry.data);
    for (const repository of this.#repositories()) repository.dayPassed(before);
  }

  async #nextDay(): Promise<void> {
    await settled();
    await this.#registry.stop();
    this.#dayPasses();
    letObjectsAge(this.#registry.data);
    await this.#registry.start();
  }

  /** Everything that is worked on; of what was left alone one repository of each writer, or all. */
  async #check(all: boolean): Promise<void> {
    await Promise.all(
      this.#writers.map(async ({ client, repositories, current }) => {
        const old = repositories.slice(0, -2);
        const one = client.random.maybePick(old);
        for (const repository of [...current, ...(all ? old : one ? [one] : [])]) await this.#judge(client, repository);
      }),
    );
  }

  async #judge(client: Client, repository: RepositoryModel): Promise<void> {
    let verdict = await checkRepository(client, repository);
    if (verdict.unsettled.length > 0) {
      await delay(alarms);
      verdict = await checkRepository(client, repository);
    }
    repository.undecided = [];
    this.ledger.checked += verdict.checked;
    for (const text of [...verdict.broken, ...verdict.unsettled]) this.ledger.finding(text);
  }
}
