import { DurableObject } from "cloudflare:workers";
import { type Outcome, RegistryError, toOutcome } from "../../../core/errors.ts";
import type { NamespacePath } from "../../../core/identifiers.ts";
import type { Env } from "../../env.ts";
import { createLogger } from "../../http/log.ts";
import type { ChainHead } from "../../../core/audit/chain.ts";
import type { AuditEntry, AuditOrigin, AuditRecord } from "../../../core/audit/entry.ts";
import { AuditChain } from "./audit-chain.ts";
import { auditOf } from "./audit-of.ts";
import type { CommandScope } from "./command.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { deleteTag } from "./delete-tag.ts";
import { deprecate } from "./deprecate.ts";
import type { Change, GraphEvent } from "./events.ts";
import { inspect, type Inspection } from "./inspect.ts";
import { Projector } from "./projector.ts";
import { publishManifest } from "./publish-manifest.ts";
import { rename } from "./rename.ts";
import { assertRestored, restore, type Restored, type RestoreInput } from "./restore.ts";
import { retire } from "./retire.ts";
import { rejectHeld, releaseHeld } from "./settle-hold.ts";
import { setVisibility } from "./set-visibility.ts";
import { GraphState } from "./state.ts";
import { unpublish } from "./unpublish.ts";

/** How long after a failed projection the next try comes, in milliseconds. */
const projectionRetry = 5_000;

/** How long one call works on a rebuild, in milliseconds, and how many events it applies between two looks at the clock. */
const rebuildTime = 15_000;
const rebuildStep = 200;

/** Everything that changes a namespace. Each works on `GraphState` alone and is atomic. */
const commands = {
  publishManifest,
  deleteManifest,
  deleteTag,
  unpublish,
  deprecate,
  rename,
  setVisibility,
  retire,
  releaseHeld,
  rejectHeld,
};
type Commands = typeof commands;
export type CommandName = keyof Commands;
export type CommandInput<N extends CommandName> = Parameters<Commands[N]>[1];
export type CommandResult<N extends CommandName> = ReturnType<Commands[N]>;

/** Who gives a command, in which namespace. */
export interface CommandOrigin {
  /** Id of the namespace, which also names the object. */
  readonly namespaceId: string;
  readonly namespace: NamespacePath;
  readonly userId: string;
  readonly publisher?: GraphEvent["publisher"];
  /** For the audit log. Absent: the registry itself. */
  readonly audit?: AuditOrigin;
}

/** How far a rebuild is: complete when `applied` has reached `last`. */
export interface Rebuilding {
  readonly applied: number;
  readonly last: number;
}

/**
 * The truth about one namespace: artifacts, manifests, tags, versions. One command runs at a time, in one
 * transaction that also appends its event to the log; the event is applied to D1 before the caller is answered, and
 * again by the alarm if that failed.
 */
export class NamespaceGraph extends DurableObject<Env> {
  readonly #state: GraphState;
  readonly #audit: AuditChain;
  #projector: Projector | undefined;
  #alarmAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#state = new GraphState(ctx.storage);
    this.#audit = new AuditChain(ctx.storage);
  }

  /**
   * Runs a command. The caller has been authorised. Errors: the command's own, and `unavailable` when the change is
   * committed but D1 could not be brought up to date; repeating the command then is safe.
   */
  run<N extends CommandName>(
    name: N,
    origin: CommandOrigin,
    input: CommandInput<N>,
  ): Promise<Outcome<CommandResult<N>>> {
    return toOutcome(async () => {
      try {
        return this.#commit(name, origin, input);
      } finally {
        // After a refusal too: it may rest on a change whose caller never got an answer and that D1 does not show yet.
        await this.#project(origin.namespaceId);
      }
    });
  }

  /**
   * Says whether D1 shows what this graph holds. With `repair` events that D1 lost are applied again.
   * Errors: `unavailable` when D1 does not answer or does not take the events.
   */
  inspect(namespaceId: string, repair: boolean): Promise<Outcome<Inspection>> {
    return toOutcome(async () => {
      const database = this.env.DB;
      const project = () => this.#project(namespaceId);
      const found = await inspect(this.#state, { database, namespaceId, project, repair });
      if (!repair || found.differences.length === 0) return found;
      // As after a rebuild by hand: what does not fit into this call is the alarm's.
      const { applied, last } = await this.#rebuild(namespaceId, true);
      return { ...found, rebuilt: applied >= last };
    });
  }

  /**
   * Makes D1's rows of the namespace again from the log: with `begin` from the first event on, otherwise what is left.
   * Works for some seconds; the alarm goes on by itself, and so does another call. Errors: `unavailable`.
   */
  rebuild(namespaceId: string, begin: boolean): Promise<Outcome<Rebuilding>> {
    return toOutcome(() => this.#rebuild(namespaceId, begin));
  }

  /** The next events of the log after `seq`, as many as fit into `maxBytes`; empty at its end. */
  log(seq: number, maxBytes: number): GraphEvent[] {
    return this.#state.eventPage(seq, maxBytes);
  }

  /**
   * Takes a part of a log out of a backup: see `restore`. What was taken is in D1 when this answers.
   * Errors: those of `restore`, `unavailable` as with a command.
   */
  restore(namespaceId: string, input: RestoreInput): Promise<Outcome<Restored>> {
    return toOutcome(async () => {
      this.#armAlarm();
      const restored = this.#state.transaction(() => {
        this.ctx.storage.kv.put("namespace", namespaceId);
        return restore(this.#state, input);
      });
      await this.#project(namespaceId);
      return restored;
    });
  }

  /** Gives records their place at the end of the audit log; those that have one are passed over. */
  seal(chain: string, records: readonly AuditRecord[]): void {
    this.ctx.storage.transactionSync(() => this.#audit.append(chain, records));
  }

  /** The next entries of the audit log after `seq`, as JSON texts that fit into `maxBytes`, and where the log ends. */
  auditPage(seq: number, maxBytes: number): { entries: string[]; head: ChainHead } {
    return { entries: this.#audit.page(seq, maxBytes), head: this.#audit.head };
  }

  /** Takes a part of an audit log out of a backup: see `AuditChain.restore`. Returns the number of its last entry here. */
  restoreAudit(chain: string, entries: readonly AuditEntry[]): Promise<Outcome<{ seq: number }>> {
    return toOutcome(async () => ({
      seq: this.ctx.storage.transactionSync(() => this.#audit.restore(chain, entries)),
    }));
  }

  /** Answers that objects can be reached; touches nothing. */
  ping(): "pong" {
    return "pong";
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const namespaceId = this.ctx.storage.kv.get<string>("namespace");
    if (!namespaceId || this.#state.appliedSeq >= this.#state.lastSeq()) return;
    this.#armAlarm();
    // The next alarm is set already: a failure is logged and tried again.
    await this.#project(namespaceId).catch(() => undefined);
  }

  #commit<N extends CommandName>(name: N, origin: CommandOrigin, input: CommandInput<N>): CommandResult<N> {
    const { namespaceId, namespace, userId, publisher } = origin;
    const now = Date.now();
    // In the same turn as the commit: both are written together, so no committed event is left without an alarm.
    this.#armAlarm();
    return this.#state.transaction(() => {
      assertRestored(this.#state);
      const scope: CommandScope = {
        state: this.#state,
        namespace,
        userId,
        now,
        record: (command: string, by: string, changes: readonly Change[]) => {
          this.ctx.storage.kv.put("namespace", namespaceId);
          const seq = this.#state.lastSeq() + 1;
          const event = { seq, at: now, command, userId: by, ...(publisher ? { publisher } : {}), changes };
          this.#state.appendEvent(event);
          this.#audit.append(namespaceId, [auditOf(event, origin)]);
        },
      };
      const command = commands[name] as (scope: CommandScope, input: CommandInput<N>) => CommandResult<N>;
      return command(scope, input);
    });
  }

  async #rebuild(namespaceId: string, begin: boolean): Promise<Rebuilding> {
    const last = this.#state.lastSeq();
    // A graph without a history has nothing to make rows from: whatever D1 shows is all that is left.
    if (last === 0) return { applied: 0, last };
    this.ctx.storage.kv.put("namespace", namespaceId);
    const deadline = Date.now() + rebuildTime;
    if (begin) await this.#logged(namespaceId, () => this.#projectorOf(namespaceId).clear(() => this.#armAlarm()));
    while (this.#state.appliedSeq < last && Date.now() < deadline) {
      await this.#project(namespaceId, Math.min(last, this.#state.appliedSeq + rebuildStep));
    }
    return { applied: Math.min(last, this.#state.appliedSeq), last };
  }

  #projectorOf(namespaceId: string): Projector {
    this.#projector ??= new Projector(this.#state, this.env.DB, namespaceId);
    return this.#projector;
  }

  async #project(namespaceId: string, seq = this.#state.lastSeq()): Promise<void> {
    if (this.#state.appliedSeq >= seq) return;
    await this.#logged(namespaceId, () => this.#projectorOf(namespaceId).catchUp(seq));
  }

  async #logged(namespaceId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Errors lose their cause on the way to the caller, so the reason is logged here.
      const cause = error instanceof RegistryError ? error.cause : error;
      createLogger({ namespace: namespaceId }).error("graph.projection_failed", cause, { seq: this.#state.lastSeq() });
      throw error;
    }
  }

  /** One alarm at a time is enough: it projects everything that is left when it fires. */
  #armAlarm(): void {
    if (this.#alarmAt > Date.now()) return;
    this.#alarmAt = Date.now() + projectionRetry;
    void this.ctx.storage.setAlarm(this.#alarmAt);
  }
}
