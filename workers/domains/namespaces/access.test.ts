import { describe, expect, it } from "vitest";
import type { Repository } from "../../../core/identifiers.ts";
import type { RegistryError } from "../../../core/errors.ts";
import type { Actor, RepositoryAction, Scope } from "../auth/index.ts";
import { allowedActions, assertMay, type RepositoryAccess } from "./access.ts";

const repository = "users/krishna/thing" as Repository;
const roles = [null, "read", "write", "admin", "owner"] as const;
const scopes = ["read", "publish", "admin"] as const;
const visibilities = ["public", "private"] as const;
const actions: readonly RepositoryAction[] = ["pull", "push", "delete"];

type Where = "public" | "private artifact" | "private namespace" | "nothing published" | "no such namespace";
const places: readonly Where[] = [
  "public",
  "private artifact",
  "private namespace",
  "nothing published",
  "no such namespace",
];

function accessTo(where: Where, role: (typeof roles)[number]): RepositoryAccess | null {
  if (where === "no such namespace") return null;
  return {
    repository,
    role,
    namespaceVisibility: where === "private namespace" ? "private" : "public",
    artifactVisibility: where === "nothing published" ? null : where === "private artifact" ? "private" : "public",
  };
}

const base = { kind: "user", userId: "u", handle: "krishna", operator: false } as const;
const user = (scope: Scope) => ({ ...base, scopes: [scope], credential: { kind: "password" } }) as unknown as Actor;
const token = (scope: Scope, granted: readonly RepositoryAction[], requested: readonly string[] = granted): Actor =>
  ({
    ...base,
    scopes: [scope],
    credential: {
      kind: "registry-token",
      expiresAt: new Date(),
      catalog: false,
      grants: [{ repository, actions: granted, requested }],
    },
  }) as unknown as Actor;
const stranger: Actor = { kind: "anonymous" };

function outcome(actor: Actor, access: RepositoryAccess | null, action: RepositoryAction): string {
  try {
    assertMay(actor, repository, access, action);
    return "yes";
  } catch (error) {
    return (error as RegistryError).code;
  }
}

/** The rule, written the other way round: who may do what. */
function may(role: (typeof roles)[number], scope: Scope, where: Where, action: RepositoryAction): boolean {
  if (where === "no such namespace") return false;
  const member = role !== null;
  if (action === "pull") return where === "public" || member;
  return member && role !== "read" && scope !== "read";
}

describe("assertMay, every combination", () => {
  const rows = places.flatMap((where) => roles.map((role) => ({ where, role })));

  it.each(rows)("$where, role $role: every scope and action", ({ where, role }) => {
    const access = accessTo(where, role);
    for (const [scope, action] of scopes.flatMap((one) => actions.map((other) => [one, other] as const))) {
      const decided = { scope, action, allowed: may(role, scope, where, action) };
      expect({ scope, action, allowed: outcome(user(scope), access, action) === "yes" }).toEqual(decided);
      expect({ scope, action, allowed: allowedActions(user(scope), access).includes(action) }).toEqual(decided);
      // A token that was granted everything is still cut by what its user may do.
      expect({ scope, action, allowed: outcome(token(scope, actions), access, action) === "yes" }).toEqual(decided);
      // A token that was granted nothing reads only what is public.
      expect(outcome(token(scope, []), access, action) === "yes").toBe(where === "public" && action === "pull");
    }
  });

  it.each(places)("a stranger reads only what is public: %s", (where) => {
    expect(outcome(stranger, accessTo(where, null), "pull")).toBe(where === "public" ? "yes" : "name_unknown");
    expect(outcome(stranger, accessTo(where, null), "push")).toBe("unauthenticated");
    expect(outcome(stranger, accessTo(where, null), "delete")).toBe("unauthenticated");
  });
});

describe("what a refusal tells", () => {
  it("outsiders cannot tell a private artifact from a name that nobody uses", () => {
    for (const actor of [stranger, user("admin"), token("admin", []), token("admin", [], ["pull", "push", "delete"])]) {
      for (const action of actions) {
        expect(outcome(actor, accessTo("private artifact", null), action)).toBe(
          outcome(actor, accessTo("nothing published", null), action),
        );
        expect(outcome(actor, accessTo("private namespace", null), action)).toBe(
          outcome(actor, accessTo("no such namespace", null), action),
        );
      }
    }
  });

  it.each(visibilities)("an outsider who pushes into a %s namespace is denied, or does not see it", (visibility) => {
    const access = accessTo(visibility === "public" ? "public" : "private namespace", null);
    expect(outcome(user("admin"), access, "push")).toBe(visibility === "public" ? "denied" : "name_unknown");
  });

  it("a reader is denied; a writer with a narrow key is told about its scope", () => {
    expect(outcome(user("admin"), accessTo("private artifact", "read"), "push")).toBe("denied");
    expect(outcome(user("read"), accessTo("private artifact", "write"), "push")).toBe("insufficient_scope");
  });

  it("a token that never asked is told to ask, one that asked and was refused is not", () => {
    const access = accessTo("public", "read");
    expect(outcome(token("admin", ["pull"], ["pull"]), access, "push")).toBe("insufficient_scope");
    expect(outcome(token("admin", ["pull"], ["pull", "push"]), access, "push")).toBe("denied");
    expect(outcome(token("admin", ["pull"], ["*"]), access, "push")).toBe("denied");
  });

  it("a token of another repository counts for nothing here", () => {
    const other = {
      ...base,
      scopes: ["admin"],
      credential: {
        kind: "registry-token",
        expiresAt: new Date(),
        catalog: false,
        grants: [{ repository: "users/krishna/other", actions, requested: actions }],
      },
    } as unknown as Actor;
    expect(outcome(other, accessTo("private artifact", "owner"), "pull")).toBe("insufficient_scope");
    expect(outcome(other, accessTo("public", "owner"), "push")).toBe("insufficient_scope");
    expect(outcome(other, accessTo("public", null), "pull")).toBe("yes");
  });
});

describe("a credential that is narrowed", () => {
  const narrowed = (actor: Actor, reach: readonly string[]): Actor => ({ ...actor, reach }) as Actor;
  const within = [[repository as string], ["users/krishna"], ["orgs/else", repository]];
  const without = [["users/krishna/other"], ["users/krish"], ["users/krishna/thin"], ["orgs/krishna"], []];
  const rows = places.flatMap((where) => roles.map((role) => ({ where, role })));

  it.each(rows)("$where, role $role: as wide as ever where it reaches, an outsider elsewhere", ({ where, role }) => {
    const access = accessTo(where, role);
    for (const action of actions) {
      for (const actor of [user("admin"), user("read"), token("admin", actions)]) {
        const usual = outcome(actor, access, action);
        for (const reach of within) expect(outcome(narrowed(actor, reach), access, action)).toBe(usual);
        const outsider = outcome(actor, accessTo(where, null), action);
        for (const reach of without) {
          expect(outcome(narrowed(actor, reach), access, action)).toBe(outsider);
          expect(allowedActions(narrowed(actor, reach), access)).toEqual(allowedActions(actor, accessTo(where, null)));
        }
      }
    }
  });

  it.each(places)("the token of a trusted publisher pushes what its rule names and deletes nothing: %s", (where) => {
    const publisher = (of: Repository): Actor =>
      ({
        ...base,
        scopes: ["publish"],
        reach: [of],
        publisher: {},
        credential: {
          kind: "trusted-publisher",
          grants: [{ repository: of, actions: ["pull", "push"], requested: ["pull", "push"] }],
        },
      }) as unknown as Actor;
    const exists = where !== "no such namespace";
    expect(outcome(publisher(repository), accessTo(where, "write"), "push") === "yes").toBe(exists);
    expect(outcome(publisher(repository), accessTo(where, "write"), "delete")).not.toBe("yes");
    const other = publisher("users/krishna/other" as Repository);
    expect(outcome(other, accessTo(where, "write"), "push")).not.toBe("yes");
    expect(outcome(other, accessTo(where, "write"), "pull") === "yes").toBe(where === "public");
  });
});
