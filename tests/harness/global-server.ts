import type { TestProject } from "vitest/node";
import { RestartableRegistry } from "./registry-process.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `http://127.0.0.1:<port>` of the server that all tests of the project share. */
    registryUrl: string;
  }
}

/** Starts one empty registry for the whole run, as `npm start` does, and stops it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registry = await RestartableRegistry.start();
  project.provide("registryUrl", registry.url);
  return () => registry.remove();
}
