import { describe, expect, it } from "vitest";
import { parseHandle } from "../../../core/identifiers.ts";
import { noDemands } from "../../../core/org-policies/policy.ts";
import type { User } from "../auth/index.ts";
import { standingOf } from "./standing.ts";

const expiresAt = new Date(0);
const session = (methods: string[]) => ({ kind: "session", id: "s", expiresAt, methods }) as const;
const user = (more: Partial<User>): User => ({
  kind: "user",
  userId: "u",
  handle: parseHandle("somebody"),
  operator: false,
  scopes: ["admin"],
  credential: session(["password", "second-factor"]),
  signIn: "password",
  ...more,
});
const roleOf = (actor: User, role: "owner" | "admin", signIn = ["sso:org"]) =>
  standingOf({ actor, source: undefined }, { role, policy: { ...noDemands, signIn }, hasFactor: true }).role;

describe("attack: sso, the owner's way in when the provider fails", () => {
  it("is a session with a password and a second factor", () => {
    expect(roleOf(user({}), "owner")).toBe("owner");
  });
  it.each<[string, User]>([
    ["a password alone", user({ credential: session(["password"]) })],
    ["a password by itself with each request", user({ credential: { kind: "password" } })],
    ["a provider and a second factor", user({ credential: session(["provider", "second-factor"]), signIn: "github" })],
    ["another organisation's sign-in", user({ signIn: "sso:other" })],
    [
      "a key that was made in such a session",
      user({ credential: { kind: "api-key", id: "k", name: "k", expiresAt: null } }),
    ],
    [
      "a registry token of one",
      user({ credential: { kind: "registry-token", expiresAt, grants: [], catalog: false } }),
    ],
  ])("is not %s", (_, actor) => {
    expect(roleOf(actor, "owner")).toBeNull();
  });
  it("is the owner's alone, and for an organisation's own sign-in alone", () => {
    expect(roleOf(user({}), "admin")).toBeNull();
    expect(roleOf(user({}), "owner", ["github"])).toBeNull();
  });
});
