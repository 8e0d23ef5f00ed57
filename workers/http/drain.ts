/** A client that sends more than this with a call that is refused may see its connection break instead of the reason. */
const drainLimit = 64 * 1024 * 1024;
const readSize = 256 * 1024;

/**
 * Reads what is left of a body that nobody wants. Without this the connection is closed while the client is still
 * sending, and many clients then report a broken pipe and never read the answer that says what was wrong.
 */
export async function drain(request: Request): Promise<void> {
  const { body } = request;
  if (!body || body.locked) return;
  const reader = (body as ReadableStream<Uint8Array>).getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(readSize);
  let left = drainLimit;
  try {
    while (left > 0) {
      const { done, value } = await reader.readAtLeast(1, new Uint8Array(buffer));
      if (done || value === undefined) return;
      left -= value.byteLength;
      buffer = value.buffer as ArrayBuffer;
    }
    await reader.cancel();
  } catch {
    // The client went away by itself: then nobody waits for the answer either.
  }
}
