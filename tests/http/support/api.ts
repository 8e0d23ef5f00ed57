import { inject } from "vitest";
import { Api } from "../../harness/api.ts";

export * from "../../harness/api.ts";

/** The server that all tests of a run share. */
export const shared = new Api(inject("registryUrl"));
