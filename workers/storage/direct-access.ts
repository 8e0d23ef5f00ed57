/** A part that a client sent to the store by itself. */
export interface DirectPart {
  /** From 1. */
  readonly number: number;
  /** What the store answered to it. */
  readonly etag: string;
}

/**
 * Lets clients move bytes to and from the store with nothing in between, so that no limit on request bodies and no
 * Worker's time stands in the way of a large layer. Only stores with an address of their own can do that.
 */
export interface DirectAccess {
  /** Address that answers GET and Range requests for one object for `seconds`. `disposition`: its Content-Disposition. */
  downloadUrl(key: string, seconds: number, disposition?: string): Promise<string>;
  /** Begins an object that arrives in parts and returns the store's id of the attempt. */
  begin(key: string): Promise<string>;
  /** Address that takes one part by PUT for `seconds`. */
  partUrl(key: string, id: string, number: number, seconds: number): Promise<string>;
  /** Joins the parts; false when the store does not know the attempt any more. Errors: `upload_invalid`. */
  complete(key: string, id: string, parts: readonly DirectPart[]): Promise<boolean>;
  /** Drops the attempt and its parts, if they are still there. */
  abort(key: string, id: string): Promise<void>;
}
