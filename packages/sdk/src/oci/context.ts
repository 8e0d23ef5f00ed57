import type { HashFactory } from "../hashing.ts";
import type { Transport } from "../transport.ts";

/** What the OCI operations share. */
export interface OciContext {
  readonly transport: Transport;
  readonly createHash: HashFactory;
}
