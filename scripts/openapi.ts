/**
 * Writes docs/openapi.json: the description of the REST API as the worker itself serves it. A test compares the two,
 * so a change of the API that forgets this script fails.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../server/server.ts";

const data = await mkdtemp(join(tmpdir(), "gati-openapi-"));
const server = await startServer({ data, host: "127.0.0.1", port: 0, empty: true, log: "file" });
try {
  const response = await fetch(new URL("/api/v1/openapi.json", server.url));
  const document: unknown = await response.json();
  await writeFile("docs/openapi.json", `${JSON.stringify(document, null, 2)}\n`);
} finally {
  await server.close();
  await rm(data, { recursive: true, force: true });
}
