import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { digestBytes, type Digest } from "../../core/digests.ts";
import { type ArtifactName, namespacePath, parseHandle } from "../../core/identifiers.ts";
import { mediaTypes } from "../../core/media-types.ts";
import type { Version } from "../../core/versions.ts";
import { insertUser } from "../domains/auth/store.ts";
import { runCommand } from "../objects/namespace-graph/client.ts";
import type { CommandInput, CommandName, CommandOrigin } from "../objects/namespace-graph/index.ts";

let count = 0;

/** A namespace of its own with its graph, for tests that give it commands without HTTP in between. */
export async function freshNamespace() {
  const handle = parseHandle(`person-${++count}`);
  const origin: CommandOrigin = {
    namespaceId: crypto.randomUUID(),
    namespace: namespacePath("users", handle),
    userId: crypto.randomUUID(),
  };
  const { namespaceId, userId } = origin;
  const at = new Date();
  await insertUser(env.DB, {
    id: userId,
    handle,
    operator: false,
    passwordHash: "",
    namespaceId,
    email: undefined,
    at,
  });
  const stub = () => env.GRAPHS.get(env.GRAPHS.idFromName(namespaceId));
  return {
    origin,
    stub,
    run: <N extends CommandName>(name: N, input: CommandInput<N>) => runCommand(stub(), name, origin, input),
  };
}

/** What the verb hands to the graph for a small manifest; `content` decides its digest. */
export async function publication(
  content: string,
  more: { version?: string; labels?: string[]; name?: string; children?: Digest[] } = {},
): Promise<CommandInput<"publishManifest">> {
  const bytes = new TextEncoder().encode(content);
  const digest = await digestBytes("sha256", bytes);
  const { version, labels = [], name = "thing", children = [] } = more;
  return {
    name: name as ArtifactName,
    manifest: {
      digest,
      mediaType: children.length > 0 ? mediaTypes.ociIndex : mediaTypes.ociManifest,
      artifactType: null,
      size: bytes.byteLength,
      subject: null,
      annotations: null,
      objectKey: `manifests/test/${digest}`,
      body: content,
      references: children,
    },
    children,
    labels,
    version: version === undefined ? undefined : { version: version as Version, size: 1, manifest: {}, by: "person" },
    type: "module-oci",
    description: undefined,
  };
}

/** Makes D1 fail for everything that touches the table while `work` runs. What is logged about it is not shown. */
export async function withoutTable<T>(table: string, work: () => Promise<T>): Promise<T> {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await env.DB.exec(`ALTER TABLE ${table} RENAME TO ${table}_gone`);
  try {
    return await work();
  } finally {
    await env.DB.exec(`ALTER TABLE ${table}_gone RENAME TO ${table}`);
    quiet.mockRestore();
  }
}

/** All rows of a query. */
export async function rows<T>(sql: string, ...parameters: unknown[]): Promise<T[]> {
  return (
    await env.DB.prepare(sql)
      .bind(...parameters)
      .all<T>()
  ).results;
}
