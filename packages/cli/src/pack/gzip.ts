import { Transform, type TransformCallback } from "node:stream";
import { Gzip } from "fflate";

const blockSize = 64 * 1024;

/**
 * gzip that gives the same bytes everywhere. Node's zlib does not: its output depends on the Node version and on what
 * the processor can do. fflate is plain JavaScript at a pinned version; the header's time is zero, level and window
 * are fixed, and it is fed blocks of one size, so that the size of reads does not show either.
 */
export class ReproducibleGzip extends Transform {
  readonly #gzip: Gzip;
  #block = new Uint8Array(blockSize);
  #filled = 0;

  constructor() {
    super();
    this.#gzip = new Gzip({ level: 6, mem: 8, mtime: 0 }, (chunk) => void this.push(chunk));
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let offset = 0; offset < chunk.length;) {
      const part = chunk.subarray(offset, offset + blockSize - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled === blockSize) {
        this.#gzip.push(this.#block);
        this.#block = new Uint8Array(blockSize);
        this.#filled = 0;
      }
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#gzip.push(this.#block.subarray(0, this.#filled), true);
    done();
  }
}
