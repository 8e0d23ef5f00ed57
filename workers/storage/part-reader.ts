import type { ByteSource } from "./byte-source.ts";

/** Cuts a source into parts of equal size; the last one is smaller, or empty when the source ends on a boundary. */
export class PartReader {
  readonly #source: ByteSource;
  readonly #size: number;
  /** What the last chunk held beyond the end of its part. */
  #carry: Uint8Array | undefined;

  constructor(source: ByteSource, size: number) {
    this.#source = source;
    this.#size = size;
  }

  /** The next part in memory of its own. */
  async next(): Promise<Uint8Array> {
    const part = new Uint8Array(this.#size);
    let filled = 0;
    while (filled < this.#size) {
      const chunk = this.#carry ?? (await this.#source.read());
      this.#carry = undefined;
      if (chunk === undefined) break;
      const fitting = chunk.subarray(0, this.#size - filled);
      part.set(fitting, filled);
      filled += fitting.byteLength;
      // Copied, because the source uses its buffer again on the next read.
      if (fitting.byteLength < chunk.byteLength) this.#carry = chunk.slice(fitting.byteLength);
    }
    return filled === this.#size ? part : part.subarray(0, filled);
  }
}
