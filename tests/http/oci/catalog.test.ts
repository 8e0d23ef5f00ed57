import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, shared } from "../support/api.ts";
import { type Person, registryToken, setVisibility, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let owner: Person;
let names: string[];
let hidden: string;
beforeAll(async () => {
  owner = await signUp(shared);
  names = ["aaa", "bbb", "ccc", "hidden"].map((name) => `users/${owner.handle}/${name}`);
  for (const name of names) await new Repository(shared, name, owner.session).pushImage("1.0.0");
  hidden = names.pop() as string;
  await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden}`, "private");
});

/** The catalog holds every test's repositories: these look at the part of one namespace. */
const mine = (all: readonly string[]) => all.filter((name) => name.startsWith(`users/${owner.handle}/`));

async function catalog(as: Credential | undefined, query = "") {
  const response = await shared.send("GET", `/v2/_catalog${query}`, { as });
  expect(response.status).toBe(200);
  const { repositories } = (await response.json()) as { repositories: string[] };
  return { repositories, link: /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1] };
}

describe("the catalog", () => {
  it("shows a stranger what is public, and the owner what is private too", async () => {
    expect(mine((await catalog(undefined)).repositories)).toEqual(names);
    expect(mine((await catalog(owner.session)).repositories)).toEqual([...names, hidden]);
  });

  it("pages in byte order: n, last and Link together give everything once", async () => {
    const seen: string[] = [];
    let next: string | undefined = `/v2/_catalog?n=1&last=users/${owner.handle}/`;
    while (next && seen.length < 3) {
      const response = await shared.send("GET", next, { as: owner.session });
      seen.push(...((await response.json()) as { repositories: string[] }).repositories);
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    }
    expect(seen).toEqual(names);
    expect(next).toBeDefined();
  });

  it("n=0 is empty and has no Link", async () => {
    expect(await catalog(owner.session, "?n=0")).toEqual({ repositories: [], link: undefined });
  });

  it("with a token that was asked for the catalog shows what its user sees", async () => {
    const token = await registryToken(shared, ["registry:catalog:*"], owner.session);
    expect(mine((await catalog(token)).repositories)).toEqual([...names, hidden]);
  });

  it("with a token for one repository names nothing private: that token was not issued for the catalog", async () => {
    const token = await registryToken(shared, [`repository:${hidden}:pull`], owner.session);
    expect(mine((await catalog(token)).repositories)).toEqual(names);
  });
});
