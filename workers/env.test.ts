import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { type Env, settingsOf } from "./env.ts";

const { d: _private, ...key } = JSON.parse(env.GATI_TOKEN_KEY) as Record<string, string>;
const settings = (more: Partial<Record<keyof Env, string>>) => settingsOf({ ...env, ...more } as unknown as Env);
const other = { kty: "OKP", crv: "Ed25519", x: "AAAA", kid: "other" };

it("old keys are read as a list or as a key set, without private parts and without the one that signs", () => {
  expect(settings({}).oldTokenKeys).toEqual([]);
  const withSecret = { ...other, d: "not to be kept" };
  for (const given of [[withSecret, key], { keys: [withSecret, key] }])
    expect(settings({ GATI_TOKEN_KEYS_OLD: JSON.stringify(given) }).oldTokenKeys).toEqual([other]);
});

it("a signing key without an id is known by its public part", () => {
  const { kid: _, ...nameless } = JSON.parse(env.GATI_TOKEN_KEY) as Record<string, string>;
  expect(settings({ GATI_TOKEN_KEY: JSON.stringify(nameless) }).tokenKey.kid).toBe(nameless["x"]);
});

it.each<[string, Partial<Record<keyof Env, string>>]>([
  ["GATI_TOKEN_KEY", { GATI_TOKEN_KEY: JSON.stringify(key) }],
  ["GATI_TOKEN_KEYS_OLD", { GATI_TOKEN_KEYS_OLD: "nonsense" }],
  ["GATI_TOKEN_KEYS_OLD", { GATI_TOKEN_KEYS_OLD: JSON.stringify([{ ...other, kid: undefined }]) }],
  ["GATI_TOKEN_KEYS_OLD", { GATI_TOKEN_KEYS_OLD: JSON.stringify([other, other]) }],
  ["GATI_TOKEN_KEYS_OLD", { GATI_TOKEN_KEYS_OLD: JSON.stringify([{ ...other, kty: "oct", k: "AAAA" }]) }],
  ["GATI_TOKEN_KEYS_OLD", { GATI_TOKEN_KEYS_OLD: JSON.stringify([{ ...other, crv: "P-256" }]) }],
  ["GATI_MAIL_FROM", { GATI_MAIL_FROM: "the registry" }],
])("a faulty %s stops the registry, by its name and without its value", (name, faulty) => {
  const value = Object.values(faulty)[0] as string;
  let message = "";
  try {
    settings(faulty);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toContain(`${name}: `);
  expect(message).not.toContain(value);
});
