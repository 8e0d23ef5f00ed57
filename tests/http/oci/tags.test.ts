import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectOciError } from "../support/errors.ts";
import { signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

/** Sorted by bytes: digits, upper case, underscore, lower case. */
const tags = ["0", "1.0.0", "10.0.0", "2.0.0", "A", "Z", "_x", "a", "a-b", "a.b", "aa", "latest", "z"];
let repository: Repository;
beforeAll(async () => {
  repository = Repository.fresh(shared, await signUp(shared));
  const manifest = await repository.imageManifest();
  // Published in another order than they are listed.
  for (const tag of tags.filter((one) => one !== "latest").toReversed()) await repository.pushManifest(manifest, tag);
});

const list = (query: string) => repository.send("GET", `tags/list${query}`);

async function follow(first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = first; next;) {
    const response = await repository.send("GET", next);
    pages.push(((await response.json()) as { tags: string[] }).tags);
    next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return pages;
}

describe("listing tags", () => {
  it("names the repository and all its tags in byte order, with no Link", async () => {
    const response = await list("");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ name: repository.name, tags });
    expect(response.headers.get("link")).toBeNull();
  });

  it("n=0 is an empty list without a Link", async () => {
    const response = await list("?n=0");
    expect(await response.json()).toEqual({ name: repository.name, tags: [] });
    expect(response.headers.get("link")).toBeNull();
  });

  it.each([1, 4, 12])("n=%i gives pages of that size, which together are everything once", async (n) => {
    const pages = await follow(`tags/list?n=${n}`);
    expect(pages.flat()).toEqual(tags);
    expect(pages.slice(0, -1).every((page) => page.length === n)).toBe(true);
  });

  it.each([13, 14, 1_000_000])("n=%i has everything and no Link", async (n) => {
    const response = await list(`?n=${n}`);
    expect(((await response.json()) as { tags: string[] }).tags).toEqual(tags);
    expect(response.headers.get("link")).toBeNull();
  });

  it.each([
    ["a", ["a-b", "a.b", "aa", "latest", "z"]],
    ["a+", ["a-b", "a.b", "aa", "latest", "z"]],
    ["Zzz", ["_x", "a", "a-b", "a.b", "aa", "latest", "z"]],
    ["z", []],
    ["", tags],
  ])("last=%s is exclusive and need not exist", async (last, expected) => {
    expect(await repository.tags(`?last=${encodeURIComponent(last)}`)).toEqual(expected);
  });

  it("last and n go together", async () => {
    expect(await repository.tags("?n=2&last=10.0.0")).toEqual(["2.0.0", "A"]);
  });

  it.each(["-1", "x", "1.5", "99999999999"])("n=%s is 400", async (n) => {
    await expectOciError(await list(`?n=${n}`), 400, "UNSUPPORTED");
  });

  it("of a repository where nothing was pushed yet is empty for its owner", async () => {
    const fresh = new Repository(shared, `${repository.name}-fresh`, repository.as);
    expect(await fresh.tags()).toEqual([]);
  });
});
