import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import { admit, type Decision, giveBack, type Rate } from "../../limits/gcra.ts";

/** Counts what one caller does under one policy, exactly, wherever the calls come in. */
export class RateCounter extends DurableObject<Env> {
  /** Asks for `cost` calls; 0 only looks. */
  take(rate: Rate, cost: number): Decision {
    const { decision, workedOff } = admit(rate, this.#workedOff, Date.now(), cost);
    if (decision.allowed && cost > 0) this.#keep(workedOff);
    return decision;
  }

  refund(rate: Rate): void {
    const known = this.#workedOff;
    if (known > 0) this.#keep(giveBack(rate, known));
  }

  /** Nothing is kept of somebody whose calls are all worked off. */
  override async alarm(): Promise<void> {
    if (this.#workedOff > Date.now()) return this.ctx.storage.setAlarm(this.#workedOff);
    await this.ctx.storage.deleteAll();
  }

  get #workedOff(): number {
    return this.ctx.storage.kv.get<number>("workedOff") ?? 0;
  }

  #keep(workedOff: number): void {
    const fresh = this.#workedOff === 0;
    this.ctx.storage.kv.put("workedOff", workedOff);
    if (fresh) void this.ctx.storage.setAlarm(workedOff);
  }
}
