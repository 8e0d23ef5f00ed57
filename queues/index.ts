import type { Env } from "../workers/env.ts";
import { createLogger } from "../workers/http/log.ts";
import type { Consumer, ConsumerContext } from "./consumer.ts";
import { consumeDownloads } from "./consumers/downloads.ts";

/** `max_retries` of every queue in wrangler.toml. */
const maxRetries = 3;

/** By the name of the queue, which ends with the environment (`gati-downloads-production`). */
const consumers: readonly { readonly queue: RegExp; readonly consumer: Consumer }[] = [
  { queue: /^gati-downloads(-[a-z]+)?$/, consumer: consumeDownloads },
];

async function handle(ctx: ConsumerContext, consumer: Consumer, message: Message): Promise<void> {
  const parsed = consumer.schema.safeParse(message.body);
  const fields = { message: message.id, attempt: message.attempts };
  if (!parsed.success) {
    // Nothing but a newer deployment could read it: after the retries it lies in the dead letter queue, for whoever looks.
    ctx.log.error("queue.unreadable", parsed.error, fields);
    return message.retry();
  }
  try {
    await consumer.consume(ctx, parsed.data, { lastTry: message.attempts > maxRetries });
    message.ack();
  } catch (error) {
    ctx.log.error("queue.failed", error, fields);
    message.retry();
  }
}

/** Works on the messages of a queue one by one, so that one that fails does not hold up the others. */
export async function queue(batch: MessageBatch, env: Env): Promise<void> {
  const log = createLogger({ requestId: crypto.randomUUID(), queue: batch.queue });
  const found = consumers.find((one) => one.queue.test(batch.queue));
  if (!found) throw new Error(`No consumer for the queue ${batch.queue}`);
  const ctx = { db: env.DB, log, now: () => Date.now() };
  for (const message of batch.messages) await handle(ctx, found.consumer, message);
}
