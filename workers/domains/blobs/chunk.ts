import { RegistryError } from "../../../core/errors.ts";

/** Bytes as a request brings them. */
export interface Chunk {
  readonly body: ReadableStream<Uint8Array> | null;
  /** Content-Length; undefined for chunked transfer encoding. */
  readonly size: number | undefined;
  /** What Content-Range promises: first byte's position and the number of bytes. */
  readonly range: { readonly start: number; readonly length: number } | undefined;
}

/** True when the request certainly carries no bytes. */
export function isEmpty(chunk: Chunk): boolean {
  return chunk.body === null || chunk.size === 0;
}

/** Throws `size_invalid` when Content-Range and Content-Length contradict each other. */
export function assertConsistent(chunk: Chunk): void {
  if (chunk.range && chunk.size !== undefined && chunk.range.length !== chunk.size)
    throw wrongLength(chunk.range.length, chunk.size);
}

export function wrongLength(stated: number, actual: number): RegistryError {
  return new RegistryError("size_invalid", `Content-Range states ${stated} bytes, but the body has ${actual}.`, {
    details: { stated, actual },
    suggestions: ["Send exactly the bytes that Content-Range names; its end is inclusive."],
  });
}
