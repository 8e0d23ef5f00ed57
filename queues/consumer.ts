import type { z } from "zod";
import type { Context } from "../workers/context.ts";

/** What a consumer may use. Nobody asks: the queue is the registry's own. */
export type ConsumerContext = Pick<Context, "db" | "log" | "now">;

/** What is done with each message of a queue. */
export interface Consumer<S extends z.ZodType = z.ZodType> {
  /** A message that it refuses can never be worked on. */
  readonly schema: S;
  /**
   * Must be safe to repeat: a queue delivers at least once. Throws when the message should come again, which it does
   * not after the last try.
   */
  consume(ctx: ConsumerContext, message: z.output<S>, delivery: { lastTry: boolean }): Promise<void>;
}
