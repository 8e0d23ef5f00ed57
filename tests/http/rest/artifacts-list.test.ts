import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { publishModule } from "../support/modules.ts";
import { type Person, setVisibility, signUp } from "../support/people.ts";
import { Repository } from "../support/repository.ts";

let owner: Person;
const repositories: Repository[] = [];
beforeAll(async () => {
  owner = await signUp(shared);
  for (let i = 0; i < 5; i++) {
    const repository = Repository.fresh(shared, owner);
    await publishModule(repository, "1.0.0");
    repositories.push(repository);
  }
});

interface Page {
  readonly artifacts: readonly { readonly repository: string; readonly updatedAt: string }[];
  readonly next: string | null;
}

/** Every artifact, page by page, as one caller sees them. Other tests publish meanwhile: only ours are compared. */
async function all(limit: number, as = owner.session): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor = ""; ;) {
    const page = await shared.read<Page>("GET", `/api/v1/artifacts?limit=${limit}${cursor}`, { as });
    expect(page.artifacts.length).toBeLessThanOrEqual(limit);
    seen.push(...page.artifacts.map((artifact) => artifact.repository));
    if (page.next === null) return seen.filter((name) => name.startsWith(`users/${owner.handle}/`));
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

describe("the list of artifacts", () => {
  it.each([3, 100])("in pages of %i has each once, most recently changed first", async (limit) => {
    expect(await all(limit)).toEqual(repositories.map((repository) => repository.name).toReversed());
  });

  it("moves an artifact to the front when it changes", async () => {
    const oldest = repositories.shift() as Repository;
    await publishModule(oldest, "1.1.0");
    repositories.push(oldest);
    expect(await all(100)).toEqual(repositories.map((repository) => repository.name).toReversed());
  });

  it("shows private ones to members only", async () => {
    const [hidden] = repositories as [Repository];
    const stranger = await signUp(shared);
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "private");
    expect(await all(100)).toContain(hidden.name);
    expect(await all(100, stranger.session)).not.toContain(hidden.name);
    await setVisibility(shared, owner.session, `/api/v1/artifacts/${hidden.name}`, "public");
    expect(await all(100, stranger.session)).toContain(hidden.name);
  });
});
