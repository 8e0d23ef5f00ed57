/** A server to measure: where it is and how to be allowed in. */
export interface Target {
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** Process of the server: it and its children are what its processor time is. */
  readonly pid: number;
  /**
   * What an OCI client does before it pushes to a repository: gets a token for it. Resolves with the Authorization header
   * for the requests that follow; undefined where none is needed.
   */
  authorize(repository: string): Promise<string | undefined>;
  /** Headers that reads are sent with. Absent: none, as strangers read. */
  readonly readHeaders?: (repository: string) => Promise<Readonly<Record<string, string>>>;
  /** The full name of a repository that this target takes pushes for. */
  repository(name: string): string;
  stop(): Promise<void>;
}
