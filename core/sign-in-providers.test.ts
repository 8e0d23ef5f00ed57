import { expect, it } from "vitest";
import { parseSignIn } from "./sign-in-providers.ts";

const github = { kind: "github", id: "github", clientId: "abc" };
const parse = (providers: unknown, secrets: unknown = { github: "s", google: "s" }) =>
  parseSignIn(JSON.stringify(providers), JSON.stringify(secrets));

it("nothing said means no provider", () => {
  expect(parseSignIn(undefined, undefined)).toEqual([]);
  expect(parseSignIn(" ", "")).toEqual([]);
});

it("knows GitHub, Google and any issuer by what they need", () => {
  const corporate = { kind: "oidc", id: "work", name: "Work", issuer: "https://id.example/realms/x", clientId: "g" };
  expect(parse([github, { kind: "google", id: "google", clientId: "g" }, { ...corporate, signUp: true }])).toEqual([
    {
      id: "github",
      kind: "github",
      name: "GitHub",
      issuer: "https://github.com",
      api: "https://api.github.com",
      clientId: "abc",
      clientSecret: "s",
      scopes: ["read:user", "user:email"],
      signUp: undefined,
    },
    expect.objectContaining({ kind: "oidc", name: "Google", issuer: "https://accounts.google.com" }),
    expect.objectContaining({
      name: "Work",
      issuer: "https://id.example/realms/x",
      clientSecret: undefined,
      signUp: true,
    }),
  ]);
  expect(parse([{ ...github, url: "https://ghe.example/" }])[0]).toMatchObject({
    issuer: "https://ghe.example",
    api: "https://ghe.example/api/v3",
  });
  expect(parse([{ ...corporate, scopes: ["email"] }])[0]?.scopes).toEqual(["openid", "email"]);
});

it.each([
  ["no JSON", "{", "not JSON"],
  ["no list", JSON.stringify(github), "GATI_SIGN_IN"],
  ["an unknown kind", JSON.stringify([{ ...github, kind: "gitlab" }]), "GATI_SIGN_IN"],
  ["a field that nobody knows", JSON.stringify([{ ...github, secret: "s" }]), "GATI_SIGN_IN"],
  ["a name that means something else", JSON.stringify([{ ...github, id: "password" }]), "taken"],
  ["one name twice", JSON.stringify([github, github]), "two providers"],
  [
    "an issuer without encryption",
    JSON.stringify([{ kind: "oidc", id: "x", issuer: "http://id.example", clientId: "c" }]),
    "https",
  ],
  [
    "an issuer that is no address",
    JSON.stringify([{ kind: "oidc", id: "x", issuer: "id", clientId: "c" }]),
    "no address",
  ],
  ["a missing secret", JSON.stringify([{ ...github, id: "other" }]), "GATI_SIGN_IN_SECRETS"],
])("%s is refused by name", (_, text, message) => {
  expect(() => parseSignIn(text, JSON.stringify({ github: "hidden-secret" }))).toThrow(message);
});

it("a refusal never shows a secret", () => {
  expect(() => parseSignIn("[]", '{"github":"hidden-secret')).toThrow(/^(?!.*hidden)/);
});
