import semver from "semver";
import { type Exchange, type FakeRegistry, readBody, send } from "./index.ts";
import { sha256 } from "./oci.ts";

function json(exchange: Exchange, status: number, body: unknown): void {
  send(exchange, status, { "content-type": "application/json" }, JSON.stringify(body));
}

function problem(exchange: Exchange, status: number, code: string): void {
  const body = {
    title: code,
    status,
    code,
    detail: `It is ${code}.`,
    suggestions: ["Try another."],
    requestId: "req-2",
  };
  send(exchange, status, { "content-type": "application/problem+json" }, JSON.stringify(body));
}

/** The REST calls of the registry that the CLI makes, for one user named krishna with the password "correct horse". */
export async function answerRest(registry: FakeRegistry, exchange: Exchange): Promise<void> {
  const path = decodeURIComponent(exchange.url.pathname);
  const version = /^\/api\/v1\/artifacts\/(.+)\/versions(?:\/([^/]+))?$/.exec(path);
  if (version) return answerVersion(registry, exchange, version[1] as string, version[2]);
  if (path === "/api/v1/resolve") return answerResolve(registry, exchange, exchange.url.searchParams.get("ref") ?? "");
  if (path.startsWith("/api/v1/auth/")) return answerAuth(registry, exchange, path.slice("/api/v1/auth/".length));
  problem(exchange, 404, "name_unknown");
}

function summary(registry: FakeRegistry, repository: string, version: string): Record<string, unknown> {
  const stored = registry.versions.get(repository)?.get(version);
  const [kind, handle, name] = repository.split("/");
  const mediaType = registry.manifests.get(`${repository}@${stored?.digest}`)?.mediaType;
  const size = registry.manifests.get(`${repository}@${stored?.digest}`)?.bytes.length;
  return {
    ...stored,
    version,
    size,
    mediaType,
    deprecation: null,
    repository,
    namespace: `${kind}/${handle}`,
    name,
    type: "module-node",
    publishedBy: "krishna",
  };
}

async function answerVersion(
  registry: FakeRegistry,
  exchange: Exchange,
  repository: string,
  version: string | undefined,
): Promise<void> {
  const known = registry.versions.get(repository);
  const { method } = exchange.request;
  if (method === "PUT" && version !== undefined) {
    const bytes = await readBody(exchange.request);
    const digest = sha256(bytes);
    const existing = known?.get(version);
    if (existing?.state === "unpublished") return problem(exchange, 410, "version_gone");
    if (existing && existing.digest !== digest) return problem(exchange, 409, "version_exists");
    registry.manifests.set(`${repository}@${digest}`, {
      bytes,
      mediaType: exchange.request.headers["content-type"] ?? "",
    });
    registry.versions.set(
      repository,
      (known ?? new Map()).set(version, { digest, state: "published", publishedAt: "2025-01-01T00:00:00.000Z" }),
    );
    return json(exchange, existing ? 200 : 201, summary(registry, repository, version));
  }
  if (!known) return problem(exchange, 404, "name_unknown");
  if (version === undefined) {
    const visible = [...known].filter(([, stored]) => stored.state !== "unpublished").map(([number]) => number);
    return json(exchange, 200, {
      versions: semver.rsort(visible).map((number) => summary(registry, repository, number)),
    });
  }
  const stored = known.get(version);
  if (!stored) return problem(exchange, 404, "version_unknown");
  if (method === "DELETE") stored.state = "unpublished";
  json(exchange, 200, summary(registry, repository, version));
}

function answerResolve(registry: FakeRegistry, exchange: Exchange, reference: string): void {
  const match = /^@?(?:(?:users|orgs)\/)?([^/@:]+)\/([^/@:]+)(?:[@:](.+))?$/.exec(reference);
  const repository = ["users", "orgs"]
    .map((kind) => `${kind}/${match?.[1]}/${match?.[2]}`)
    .find((name) => registry.versions.has(name));
  if (!repository) return problem(exchange, 404, "name_unknown");
  const visible = [...(registry.versions.get(repository) ?? [])]
    .filter(([, stored]) => stored.state === "published")
    .map(([number]) => number);
  const selector = match?.[3] ?? "latest";
  const version = selector === "latest" ? semver.maxSatisfying(visible, "*") : semver.maxSatisfying(visible, selector);
  if (version === null) return problem(exchange, 404, "version_unknown");
  json(exchange, 200, summary(registry, repository, version));
}

async function answerAuth(registry: FakeRegistry, exchange: Exchange, call: string): Promise<void> {
  const body = (await readBody(exchange.request)).toString();
  const input = (body === "" ? {} : JSON.parse(body)) as { password?: string; handle?: string };
  const user = { id: "u1", handle: "krishna", operator: false };
  if (call === "sign-in") {
    return input.password === "correct horse"
      ? json(exchange, 200, { user, token: "session", expiresIn: 900 })
      : problem(exchange, 401, "unauthenticated");
  }
  const token = exchange.request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  if (token !== "session" && ![...registry.keys.values()].includes(token))
    return problem(exchange, 401, "unauthenticated");
  if (call === "me") {
    return json(exchange, 200, {
      user,
      credential: { kind: "api-key", scopes: ["read", "publish"] },
      namespaces: [{ namespace: "users/krishna", role: "owner" }],
    });
  }
  if (call === "keys") {
    const id = `key-${registry.keys.size + 1}`;
    registry.keys.set(id, `gati_secret_${id}`);
    return json(exchange, 201, {
      id,
      key: `gati_secret_${id}`,
      name: "cli",
      scopes: ["read", "publish"],
      createdAt: "",
      expiresAt: null,
    });
  }
  const deleted = registry.keys.delete(call.replace("keys/", ""));
  if (deleted) send(exchange, 204);
  else problem(exchange, 404, "name_unknown");
}
