/** A server to measure: where it is and how to be allowed in. */
export interface Target {
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** Process of the server: it and its children are what its processor time is. */
  readonly pid: number;
  /** Value of the Authorization header for everything that writes; undefined where none is needed. */
  readonly authorization: string | undefined;
  /** The full name of a repository that this target takes pushes for. */
  repository(name: string): string;
  stop(): Promise<void>;
}
