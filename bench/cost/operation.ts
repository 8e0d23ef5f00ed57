import type { Descriptor, Person } from "./person.ts";

/** What an operation may use: a person, and versions of the repository that nobody has read yet. */
export interface Setting {
  readonly person: Person;
  /** A version that this isolate has not looked at lately. */
  unread(): { readonly digest: string; readonly version: string };
  readonly config: Descriptor;
  readonly layer: Descriptor;
}

/** One thing that a client does, in as many requests as it takes. */
export interface Operation {
  readonly name: string;
  /** Makes what the operation needs, uncounted. */
  readonly before?: (setting: Setting) => Promise<void>;
  readonly run: (setting: Setting) => Promise<void>;
}

/** Where the setting's repository is under the OCI protocol, and in the API. */
export const v2 = ({ person }: Setting): string => `/v2/${person.repository}`;
export const api = ({ person }: Setting): string => `/api/v1/artifacts/${person.repository}`;
