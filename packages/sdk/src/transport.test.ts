import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeRegistry } from "../tests/fake-registry/index.ts";
import { createClient, parseRegistryUrl } from "./client.ts";
import { ApiError } from "./errors.ts";

let registry: FakeRegistry;
let waits: number[];
const sleep = async (ms: number): Promise<void> => void waits.push(ms);

beforeEach(async () => {
  waits = [];
  registry = await new FakeRegistry().start();
});
afterEach(() => registry.stop());

describe("requests", () => {
  it("report problem+json with everything that helps", async () => {
    const failure = await createClient({ registry: registry.url })
      .resolve("@krishna/none")
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({
      code: "name_unknown",
      status: 404,
      message: "It is name_unknown.",
      suggestions: ["Try another."],
      requestId: "req-2",
    });
  });

  it("report a page of a proxy by its status", async () => {
    registry.faults.add("GET", /resolve/, { kind: "answer", status: 403, body: "<h1>Forbidden</h1>" });
    await expect(createClient({ registry: registry.url }).resolve("@a/b")).rejects.toMatchObject({
      code: "denied",
      status: 403,
    });
  });

  it.each([
    [200, "<h1>Welcome</h1>", /is not a Gati registry: it answered with something that is not JSON/],
    [404, "404 page not found", /is not a Gati registry: it answered with status 404/],
    [404, '{"message":"Not Found"}', /is not a Gati registry/],
    [501, "<h1>Unsupported method</h1>", /is not a Gati registry/],
  ])("tell another server by its answer %i %s, and do not repeat", async (status, body, message) => {
    registry.faults.add("GET", /resolve/, { kind: "answer", status, body });
    await expect(createClient({ registry: registry.url }).resolve("@a/b")).rejects.toMatchObject({
      code: "unsupported",
      status,
      message: expect.stringMatching(message),
    });
    expect(registry.count("GET", /resolve/)).toBe(1);
  });

  it("read the code from the OCI envelope, and take its message and its advice apart", async () => {
    const detail = { reason: "insufficient_scope", requestId: "req-9" };
    const message = "The key may not push to users/a/b. Make one with the scope publish. Or ask an owner.";
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message, detail }] });
    registry.faults.add("GET", /manifests/, { kind: "answer", status: 401, body });
    await expect(
      createClient({ registry: registry.url }).oci.getManifest("users/a/b" as never, "1.0.0"),
    ).rejects.toMatchObject({
      code: "insufficient_scope",
      message: "The key may not push to users/a/b.",
      suggestions: ["Make one with the scope publish.", "Or ask an owner."],
      requestId: "req-9",
    });
  });

  it("are repeated with growing, random waits when repeating is safe", async () => {
    registry.faults.add("GET", /auth\/me/, { kind: "reset" }, 3);
    registry.keys.set("k", "gati_k");
    const client = createClient({ registry: registry.url, credential: "gati_k", retry: { sleep, random: () => 1 } });
    expect((await client.auth.me()).user.handle).toBe("krishna");
    expect(waits).toEqual([250, 500, 1000]);
  });

  it("are not repeated when the registry may have acted", async () => {
    registry.faults.add("POST", /keys/, { kind: "lose-answer" });
    registry.keys.set("k", "gati_k");
    const client = createClient({ registry: registry.url, credential: "gati_k", retry: { sleep } });
    await expect(client.auth.createKey({ name: "x", scopes: ["read"] })).rejects.toMatchObject({ code: "unavailable" });
    expect(registry.count("POST", /keys/)).toBe(1);
  });

  it("do not wait longer than allowed", async () => {
    registry.faults.add("GET", /resolve/, { kind: "answer", status: 429, headers: { "retry-after": "3600" } });
    const client = createClient({ registry: registry.url, retry: { sleep } });
    await expect(client.resolve("@a/b")).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 3_600_000 });
    expect(waits).toEqual([]);
  });

  it("say what to check when nobody answers", async () => {
    const { url } = registry;
    await registry.stop();
    const failure = await createClient({ registry: url, retry: { attempts: 1 } })
      .resolve("@a/b")
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unavailable" });
    expect((failure as ApiError).suggestions.join()).toMatch(/network/);
    await registry.start();
  });

  it("never carry the credential to another origin", async () => {
    const seen: (string | null)[] = [];
    const client = createClient({
      registry: "https://registry.example",
      credential: "gati_secret",
      fetch: async (input, init) => {
        seen.push(`${String(input)} ${new Headers(init?.headers).get("authorization")}`);
        return new Response(null, { status: 202, headers: { location: "https://storage.example/part?sig=1" } });
      },
    });
    await client.oci.uploadBlob(
      "users/a/b" as never,
      { size: 1, slice: async () => new Uint8Array(1) },
      { digest: `sha256:${"0".repeat(64)}` as never },
    );
    expect(seen).toEqual([
      "https://registry.example/v2/users/a/b/blobs/uploads/ Bearer gati_secret",
      `https://storage.example/part?sig=1&digest=sha256%3A${"0".repeat(64)} null`,
    ]);
  });
});

describe("a registry's address", () => {
  it.each([
    ["registry.gati.dev", "https://registry.gati.dev"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["localhost:8080/path", "http://localhost:8080"],
    ["https://gati.example/", "https://gati.example"],
  ])("%s is %s", (text, origin) => {
    expect(parseRegistryUrl(text).origin).toBe(origin);
  });

  it.each(["ftp://x", "", "https://"])("%j is refused", (text) => {
    expect(() => parseRegistryUrl(text)).toThrow(/not the address/);
  });
});
