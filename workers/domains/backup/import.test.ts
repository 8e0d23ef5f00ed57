import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { digestBytes } from "../../../core/digests.ts";
import { mediaTypes } from "../../../core/media-types.ts";

const id = `sha256:${"a".repeat(64)}`;
const base = `/api/v1/admin/imports/${id}`;
const namespace = {
  id: "ns-ann",
  kind: "users",
  handle: "ann",
  visibility: "public",
  createdAt: "2026-01-02T03:04:05.000Z",
};
const user = {
  id: "user-ann",
  handle: "ann",
  email: null,
  passwordHash: "",
  operator: false,
  createdAt: namespace.createdAt,
};
const json = { "Content-Type": "application/json" };
const utf8 = (text: string) => new TextEncoder().encode(text);

let token: string;

/** Calls the worker as the operator. */
const call = (method: string, path: string, init: { body?: BodyInit; headers?: Record<string, string> } = {}) =>
  exports.default.fetch(
    new Request(`http://registry.test${path}`, {
      ...init,
      method,
      headers: { Authorization: `Bearer ${token}`, ...init.headers },
    }),
  );
const send = (method: string, path: string, body?: unknown) =>
  call(method, `${base}${path}`, body === undefined ? {} : { body: JSON.stringify(body), headers: json });
const records = (kind: string, ...list: object[]) => send("POST", `/records/${kind}`, { records: list });
const log = (through: number, ...events: object[]) =>
  call("POST", `${base}/logs/${namespace.id}?through=${through}`, {
    body: events.map((event) => JSON.stringify(event)).join("\n"),
  });
const refusal = async (answer: Promise<Response>) => {
  const response = await answer;
  const { code, detail } = await response.json<{ code: string; detail: string }>();
  return { status: response.status, code, detail };
};

/** Sends content in two chunks, as the command line does with large blobs. */
async function upload(bytes: Uint8Array, digest: string): Promise<Response> {
  const opened = await call("POST", `${base}/uploads?digest=${digest}`);
  const location = opened.headers.get("location") ?? "";
  const half = bytes.length >> 1;
  for (const [start, end] of [
    [0, half],
    [half, bytes.length],
  ] as const) {
    const headers = { "Content-Range": `${start}-${end - 1}`, "Content-Type": "application/octet-stream" };
    const chunk = await call("PATCH", location, { body: bytes.slice(start, end), headers });
    expect([chunk.status, chunk.headers.get("oci-upload-offset")]).toEqual([202, String(end)]);
  }
  expect((await call("GET", location)).headers.get("oci-upload-offset")).toBe(String(bytes.length));
  return call("PUT", `${location}?digest=${digest}`);
}

async function publishEvent(seq: number, text: string, inline: boolean, more: object = {}) {
  const bytes = utf8(text);
  const digest = await digestBytes("sha256", bytes);
  const artifact = {
    id: "artifact-tool",
    name: "tool",
    repository: "users/ann/tool",
    type: "module-oci",
    visibility: "public",
    description: null,
    latestVersion: null,
    versionCount: 0,
    createdAt: 1000 + seq,
  };
  const manifest = {
    digest,
    mediaType: mediaTypes.ociManifest,
    artifactType: null,
    size: bytes.length,
    subject: null,
    annotations: null,
    body: inline ? text : null,
    references: [],
    ...more,
  };
  const changes = [
    { type: "artifact.put", artifact },
    { type: "manifest.put", artifactId: artifact.id, manifest },
    { type: "tag.put", artifactId: artifact.id, tag: `label-${seq}`, digest, automatic: false },
  ];
  return { seq, at: 2000 + seq, command: "manifest.publish", userId: user.id, changes };
}

beforeAll(async () => {
  // One line for every request would bury what the tests say.
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const account = { handle: "keeper", password: "correct horse battery" };
  const body = JSON.stringify(account);
  const setup = { Authorization: `Bearer ${env.GATI_SETUP_TOKEN}`, ...json };
  expect((await call("POST", "/api/v1/setup", { body, headers: setup })).status).toBe(201);
  const anonymous = { Authorization: "", ...json };
  const session = await call("POST", "/api/v1/auth/sign-in", { body, headers: anonymous });
  ({ token } = await session.json<{ token: string }>());
});

it("takes a backup in step by step, into a bucket too", async () => {
  expect(await refusal(records("users", user))).toMatchObject({ status: 400, code: "invalid_request" });
  expect(await (await send("PUT", "", { schema: 1 })).json()).toMatchObject({ state: "running" });

  const large = JSON.stringify({ schemaVersion: 2, filler: "x".repeat(100_000) });
  const digest = await digestBytes("sha256", utf8(large));
  expect((await upload(utf8(large), digest)).status).toBe(201);
  expect((await records("users", user)).status).toBe(204);
  expect((await records("namespaces", namespace)).status).toBe(204);
  const [one, two] = [await publishEvent(1, '{"schemaVersion":2}', true), await publishEvent(2, large, false)];
  expect(await (await log(2)).json()).toEqual({ seq: 0 });
  expect(await (await log(2, one)).json()).toEqual({ seq: 1 });
  expect(await (await log(2, one, two)).json()).toEqual({ seq: 2 });
  expect(
    (await records("links", { repository: "users/ann/tool", digest, createdAt: namespace.createdAt })).status,
  ).toBe(204);
  expect(
    (
      await records("members", {
        namespaceId: namespace.id,
        userId: user.id,
        role: "owner",
        addedAt: namespace.createdAt,
      })
    ).status,
  ).toBe(204);
  // Everything may be sent again.
  expect((await records("users", user)).status).toBe(204);
  expect(await (await log(2, one, two)).json()).toEqual({ seq: 2 });
  expect(await (await send("POST", "/finish")).json()).toMatchObject({ state: "finished" });
  expect(await (await send("POST", "/finish")).json()).toMatchObject({ state: "finished" });

  expect(await (await call("GET", "/v2/users/ann/tool/manifests/label-1")).text()).toBe('{"schemaVersion":2}');
  const served = await call("GET", "/v2/users/ann/tool/manifests/label-2");
  expect([await served.text(), served.headers.get("docker-content-digest")]).toEqual([large, digest]);
  // One object per manifest that is in, and none of the pages that were sent again.
  const objects = await env.BLOBS.list({ prefix: "manifests/" });
  expect(objects.objects).toHaveLength(2);
  expect(await refusal(records("users", user))).toMatchObject({ status: 409, code: "already_done" });
});

describe("refuses", () => {
  const other = `sha256:${"b".repeat(64)}`;

  it("a second backup, and one of a schema that it does not know", async () => {
    const path = `/api/v1/admin/imports/${other}`;
    const begin = (schema: number) => refusal(call("PUT", path, { body: JSON.stringify({ schema }), headers: json }));
    expect(await begin(1)).toMatchObject({ status: 409, code: "already_done" });
    expect(await begin(2)).toMatchObject({ status: 405, code: "unsupported" });
  });

  it.each<[string, () => Promise<Response>, { code: string; detail?: RegExp }]>([
    [
      "a field that it would lose",
      () => records("users", { ...user, nickname: "x" }),
      { code: "invalid_request", detail: /nickname/ },
    ],
    [
      "a field that is missing",
      () => records("users", { ...user, handle: undefined }),
      { code: "invalid_request", detail: /handle/ },
    ],
    ["a handle that somebody has", () => records("users", { ...user, id: "another" }), { code: "name_taken" }],
    [
      "a member of nothing",
      () => records("members", { namespaceId: "none", userId: user.id, role: "owner", addedAt: namespace.createdAt }),
      { code: "invalid_request" },
    ],
    [
      "a link to a blob that is not here",
      () =>
        records("links", {
          repository: "users/ann/tool",
          digest: `sha256:${"c".repeat(64)}`,
          createdAt: namespace.createdAt,
        }),
      { code: "blob_unknown" },
    ],
    [
      "a log that is no JSON",
      () => call("POST", `${base}/logs/${namespace.id}?through=3`, { body: "{" }),
      { code: "invalid_request" },
    ],
    [
      "a manifest that is not what its digest says",
      async () => log(3, await publishEvent(3, "{}", true, { body: "[]" })),
      { code: "digest_invalid" },
    ],
    [
      "a key of an object, which could be anybody's",
      async () => log(3, await publishEvent(3, "{}", true, { objectKey: "blobs/x/1" })),
      { code: "invalid_request", detail: /objectKey/ },
    ],
    [
      "a log of another namespace",
      async () =>
        log(
          3,
          JSON.parse(
            JSON.stringify(await publishEvent(3, "{}", true)).replace("users/ann/tool", "users/eve/tool"),
          ) as object,
        ),
      { code: "invalid_request", detail: /users\/eve\/tool/ },
    ],
    [
      "more of a log than the backup has of it",
      async () => log(9, await publishEvent(5, "{}", true)),
      { code: "already_done" },
    ],
  ])("%s", async (_, attempt, { code, detail = /./ }) => {
    await env.DB.prepare("UPDATE imports SET finished_at = NULL").run();
    const before = (await env.BLOBS.list({ prefix: "manifests/" })).objects.length;
    const answer = await refusal(attempt());
    expect(answer).toMatchObject({ code });
    expect(answer.detail).toMatch(detail);
    expect((await env.BLOBS.list({ prefix: "manifests/" })).objects).toHaveLength(before);
  });
});
