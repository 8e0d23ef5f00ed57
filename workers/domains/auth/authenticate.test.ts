import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { parseHandle } from "../../../core/identifiers.ts";
import { memoryOf } from "../../context.ts";
import { settingsOf } from "../../env.ts";
import { auditNote } from "../audit/index.ts";
import { anonymous } from "./actor.ts";
import { generateApiKey } from "./api-key-format.ts";
import { apiKeyHash, authenticate } from "./authenticate.ts";
import { insertApiKey, insertUser, listApiKeys } from "./store.ts";

const hour = 3_600_000;
const start = 1_800_000_000_000;
const userId = "user-1";

beforeAll(() =>
  insertUser(env.DB, {
    id: userId,
    handle: parseHandle("ann"),
    operator: false,
    passwordHash: "",
    namespaceId: "namespace-1",
    email: undefined,
    at: new Date(start),
  }),
);

async function keyThatExpires(expiresAt: number | null): Promise<{ key: string; id: string }> {
  const key = generateApiKey();
  const id = crypto.randomUUID();
  const expiry = expiresAt === null ? null : new Date(expiresAt);
  await insertApiKey(
    env.DB,
    {
      id,
      userId,
      name: "k",
      scopes: ["read"],
      hash: await apiKeyHash(key),
      createdAt: new Date(start),
      expiresAt: expiry,
    },
    auditNote({ actor: anonymous, now: () => start }, { namespaceId: "namespace-1" }, "key.created", id),
  );
  return { key, id };
}

async function as(key: string, now: number) {
  const later: Promise<unknown>[] = [];
  const parts = {
    db: env.DB,
    settings: settingsOf(env),
    limiter: memoryOf(env).limiter,
    address: undefined,
    source: undefined,
    now: () => now,
    afterwards: (work: Promise<unknown>) => void later.push(work),
  };
  const actor = await authenticate(parts, { kind: "bearer", token: key });
  await Promise.all(later);
  return actor;
}

const lastUse = async (id: string) =>
  (await listApiKeys(env.DB, userId)).find((key) => key.id === id)?.lastUsedAt?.getTime();

describe("an API key", () => {
  it("works until the moment it expires, and then says so", async () => {
    const { key } = await keyThatExpires(start + hour);
    expect(await as(key, start + hour - 1)).toMatchObject({
      kind: "user",
      userId,
      scopes: ["read"],
      credential: { kind: "api-key" },
    });
    await expect(as(key, start + hour)).rejects.toMatchObject({
      code: "unauthenticated",
      message: "The API key has expired.",
    });
  });

  it("without an expiry works for ever", async () => {
    const { key } = await keyThatExpires(null);
    expect(await as(key, start + 100 * 365 * 24 * hour)).toMatchObject({ userId });
  });

  it("remembers its last use, to the hour: not with every request", async () => {
    const { key, id } = await keyThatExpires(null);
    expect(await lastUse(id)).toBeUndefined();
    await as(key, start);
    expect(await lastUse(id)).toBe(start);
    await as(key, start + hour);
    expect(await lastUse(id)).toBe(start);
    await as(key, start + hour + 1);
    expect(await lastUse(id)).toBe(start + hour + 1);
  });

  it("is stored only as a hash", async () => {
    const { key } = await keyThatExpires(null);
    const stored = JSON.stringify((await env.DB.prepare("SELECT * FROM api_keys").all()).results);
    expect(stored).toContain(await apiKeyHash(key));
    expect(stored).not.toContain(key.slice(5));
  });
});

it("nobody is anonymous, and a faulty credential is never nobody", async () => {
  const { limiter } = memoryOf(env);
  const settings = settingsOf(env);
  const parts = {
    db: env.DB,
    settings,
    limiter,
    address: undefined,
    source: undefined,
    now: () => start,
    afterwards: () => undefined,
  };
  expect(await authenticate(parts, { kind: "none" })).toEqual({ kind: "anonymous" });
  await expect(authenticate(parts, { kind: "bearer", token: "" })).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(authenticate(parts, { kind: "basic", username: "", password: "" })).rejects.toMatchObject({
    code: "unauthenticated",
  });
});
