import type { DirectAccess } from "./direct-access.ts";

/** Seconds in which a download has to begin. A client that resumes asks the registry again and gets a fresh address. */
const lifetime = 300;

/** Decides where clients read large objects: at an address of the store, or through the Worker. */
export class DownloadAddresses {
  readonly #direct: DirectAccess | undefined;
  readonly #publicOrigin: string | undefined;

  constructor(direct: DirectAccess | undefined, publicOrigin: string | undefined) {
    this.#direct = direct;
    this.#publicOrigin = publicOrigin;
  }

  /**
   * Address of an object for a caller who may read it; undefined when it has to come through the Worker. What strangers
   * may read comes from the public domain, whose cache is shared, unless it needs a Content-Disposition of its own.
   */
  async of(key: string, isPublic: boolean, disposition?: string): Promise<string | undefined> {
    if (isPublic && this.#publicOrigin && disposition === undefined) return `${this.#publicOrigin}/${key}`;
    return this.#direct?.downloadUrl(key, lifetime, disposition);
  }
}
