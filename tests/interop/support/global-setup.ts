import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { spawnRegistry, testOperator } from "../../harness/registry-process.ts";
import { buildBusyboxLayout } from "./busybox-image.ts";
import { missingTools } from "./tools.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** `http://127.0.0.1:<port>`. */
    interopUrl: string;
    /** Folder for the homes of the people in the tests; it goes with the registry. */
    interopHomes: string;
    /** OCI layout with Debian's busybox-static as `busybox:1`. */
    busyboxLayout: string;
  }
}

/** Starts a registry and builds the image that every client pushes. Fails when a client is missing. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = await missingTools();
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(", ")}. Run scripts/install-tools.sh first.`);
  const folder = await mkdtemp(join(tmpdir(), "gati-interop-"));
  const env = { GATI_ADMIN_HANDLE: testOperator.handle, GATI_ADMIN_PASSWORD: testOperator.password };
  const server = await spawnRegistry({ data: join(folder, "data"), env });
  project.provide("interopUrl", server.url);
  project.provide("interopHomes", folder);
  project.provide("busyboxLayout", await buildBusyboxLayout(join(folder, "busybox")));
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
