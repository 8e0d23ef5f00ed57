import module from "./sha256.wasm";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly INPUT: WebAssembly.Global;
  readonly INPUT_SIZE: WebAssembly.Global;
  readonly STATE_SIZE: WebAssembly.Global;
  reset(): void;
  update(length: number): void;
  finish(): void;
}

const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
const input: number = wasm.INPUT.value;
const inputSize: number = wasm.INPUT_SIZE.value;
const stateSize: number = wasm.STATE_SIZE.value;
const hashSize = 32;
const memory = new Uint8Array(wasm.memory.buffer);

/** Everything a stopped hash needs to go on: 112 bytes. */
export type Sha256State = Uint8Array;

/**
 * SHA-256 that can stop and go on elsewhere. All hashes of an isolate share one WebAssembly memory: each call swaps
 * its own state in and out, which costs nothing next to hashing.
 */
export class ResumableSha256 {
  #state: Uint8Array;

  /** Starts anew, or goes on from what `state()` gave. Throws TypeError when that has the wrong size. */
  constructor(state?: Sha256State) {
    if (state !== undefined && state.byteLength !== stateSize) throw new TypeError("not a SHA-256 state");
    if (state === undefined) wasm.reset();
    this.#state = state?.slice() ?? memory.slice(0, stateSize);
  }

  update(chunk: Uint8Array): void {
    memory.set(this.#state, 0);
    for (let start = 0; start < chunk.byteLength; start += inputSize) {
      const piece = chunk.subarray(start, start + inputSize);
      memory.set(piece, input);
      wasm.update(piece.byteLength);
    }
    this.#state.set(memory.subarray(0, stateSize));
  }

  state(): Sha256State {
    return this.#state.slice();
  }

  /** The hash of everything so far, 32 bytes. The object can be updated further. */
  digest(): Uint8Array {
    memory.set(this.#state, 0);
    wasm.finish();
    return memory.slice(0, hashSize);
  }
}
