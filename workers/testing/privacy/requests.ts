import { app } from "../../app.ts";
import type { Names, Twin, World } from "./world.ts";

/** One route of the router. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Every route that answers a method, as the router has it: a new one is here the day it is added. */
export function allRoutes(): Route[] {
  const seen = new Map<string, Route>();
  for (const { method, path } of app.routes) {
    if (method === "ALL" || path.endsWith("*")) continue;
    seen.set(`${method} ${path}`, { method, path });
    if (method === "GET") seen.set(`HEAD ${path}`, { method: "HEAD", path });
  }
  return [...seen.values()];
}

export const repositoryOf = (kind: string, { handle, name }: Names) => `${kind}/${handle}/${name}`;

/** Values of a route's parameters that do not depend on which of the twins is asked for. */
function fixedValues(world: World, path: string): Record<string, string> {
  return {
    version: world.version,
    reference: world.manifest,
    // Blobs and manifests are both called by a digest.
    digest: path.includes("/blobs/") ? world.blob : world.manifest,
    member: "somebody-else",
    team: "some-team",
    person: "00000000-0000-4000-8000-00000000000e",
    group: "00000000-0000-4000-8000-00000000000f",
    provider: "some-provider",
    invitation: "00000000-0000-4000-8000-00000000000d",
    file: "site.css",
    artifact: "00000000-0000-4000-8000-00000000000a",
    id: "00000000-0000-4000-8000-00000000000b",
  };
}

/**
 * The address of a route for one of the twins. Throws for a parameter that nobody has given a value here: whoever adds
 * one says what it means, and so has its privacy checked.
 */
export function addressOf(world: World, { path }: Route, twin: Twin, names: Names): string {
  const repository = repositoryOf(twin.kind, names);
  const values: Record<string, string> = {
    ...fixedValues(world, path),
    kind: path.startsWith("/api/v1/admin") ? "users" : twin.kind,
    handle: names.handle,
    scope: names.handle,
    namespace: path.startsWith("/v1/") ? names.handle : "00000000-0000-4000-8000-00000000000c",
    name: path.startsWith("/v2/") ? repository : names.name,
    upload: names.upload,
  };
  const filled = path.replaceAll(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`say in ${import.meta.url} what :${name} of ${path} stands for`);
    return value;
  });
  return filled + queryOf(world, path, twin.kind, names);
}

/** Routes that name a repository in their query. */
function queryOf(world: World, path: string, kind: string, names: Names): string {
  if (path === "/v2/token") return `?scope=repository:${repositoryOf(kind, names)}:pull,push,delete`;
  if (path === "/api/v1/resolve")
    return `?ref=${names.handle}/${names.name}&reference=${names.handle}/${names.name}@^1`;
  if (path === "/api/v1/artifacts") return `?namespace=${kind}/${names.handle}&handle=${names.handle}`;
  if (path.endsWith("/download")) return `?layer=${world.blob}`;
  if (path.endsWith("/uploads/:upload")) return `?digest=${world.blob}`;
  return "";
}

/** Bodies that a route which takes one may be sent: nothing, something for each that changes things, and junk. */
export function bodiesOf(world: World, method: string): (string | undefined)[] {
  if (method === "GET" || method === "HEAD") return [undefined];
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: world.blob, size: 51 },
    layers: [],
    subject: {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: world.manifest,
      size: 100,
    },
  };
  return [
    undefined,
    "{}",
    JSON.stringify(manifest),
    JSON.stringify({ visibility: "public" }),
    JSON.stringify({ name: "renamed" }),
    JSON.stringify({ kind: "domain", subject: "private.example" }),
    JSON.stringify({ role: "read", message: "m", size: 10, digest: world.blob, parts: [{ number: 1, etag: "e" }] }),
  ];
}
