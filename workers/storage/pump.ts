import { RegistryError } from "../../core/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Marks an error as the source's own, so that it is not taken for the store's. */
class SourceFailure extends Error {}

async function pump(source: ByteSource, writable: WritableStream<Uint8Array>): Promise<number> {
  const writer = writable.getWriter();
  const read = () =>
    source.read().catch((cause: unknown) => {
      throw new SourceFailure("the body broke off", { cause });
    });
  try {
    let size = 0;
    for (let chunk = await read(); chunk !== undefined; chunk = await read()) {
      await writer.write(chunk);
      size += chunk.byteLength;
    }
    await writer.close();
    return size;
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

/**
 * Streams a source into whatever takes a stream, and returns the number of bytes. With a known size the receiver sees
 * a stream of that length. Both sides have settled when this settles. Errors: the source's own, else the receiver's.
 */
export async function sendStream(
  source: ByteSource,
  receive: (stream: ReadableStream<Uint8Array>) => Promise<unknown>,
): Promise<number> {
  const { readable, writable } =
    source.size === undefined ? new IdentityTransformStream() : new FixedLengthStream(source.size);
  // A receiver that fails before it has read everything would leave the sender waiting for ever.
  const receiving = receive(readable).catch(async (error: unknown) => {
    await readable.cancel(error).catch(() => undefined);
    throw error;
  });
  const [sent, received] = await Promise.allSettled([pump(source, writable), receiving]);
  // When the source failed, the receiver's complaint only echoes it.
  if (sent.status === "rejected" && sent.reason instanceof SourceFailure) throw sent.reason.cause;
  if (received.status === "rejected") throw received.reason;
  if (sent.status === "rejected") throw sent.reason;
  return sent.value;
}

/** Runs a call to a store and tells any failure as `unavailable`. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new RegistryError("unavailable", "The object store did not answer as expected.", {
      cause,
      suggestions: ["Repeat the call; nothing was half stored."],
    });
  }
}
