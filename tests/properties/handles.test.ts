import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { shared } from "../http/support/api.ts";
import { type Person, signUp, unique } from "../http/support/people.ts";

let people: Person[];
beforeAll(async () => {
  people = await Promise.all([signUp(shared), signUp(shared), signUp(shared)]);
});

/** A user signs up under the handle, or one of the people makes an organisation of it. Sign-ups cost a slow hash, so few race. */
const claims = fc
  .record({ signUps: fc.constantFrom(0, 0, 1, 2), organizations: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }) })
  .filter(({ signUps, organizations }) => signUps + organizations.length > 1);

async function kinds(handle: string): Promise<string[]> {
  const found = [];
  for (const kind of ["users", "orgs"])
    if ((await shared.send("GET", `/api/v1/namespaces/${kind}/${handle}`)).status === 200) found.push(kind);
  return found;
}

it("P12: of everybody who claims a handle at once, exactly one gets it, as a user or as an organisation", async () => {
  await fc.assert(
    fc.asyncProperty(claims, async ({ signUps, organizations }) => {
      const handle = unique("claim");
      const users = Array.from({ length: signUps }, () =>
        shared.send("POST", "/api/v1/auth/sign-up", { json: { handle, password: "correct horse battery" } }),
      );
      const orgs = organizations.map((who) =>
        shared.send("POST", "/api/v1/orgs", { as: people[who]?.session, json: { handle } }),
      );
      const [asUser, asOrganization] = await Promise.all([Promise.all(users), Promise.all(orgs)]);
      const statuses = [...asUser, ...asOrganization].map((response) => response.status).toSorted();
      expect(statuses).toEqual([201, ...Array.from({ length: statuses.length - 1 }, () => 409)]);
      for (const response of [...asUser, ...asOrganization]) {
        const { code } = (await response.json()) as { code?: string };
        expect(code).toBe(response.status === 409 ? "name_taken" : undefined);
      }
      const winner = asUser.some((response) => response.status === 201) ? "users" : "orgs";
      expect(await kinds(handle)).toEqual([winner]);
    }),
    { numRuns: 100 },
  );
});

it("P12: a handle that is taken stays taken", async () => {
  const handle = unique("claim");
  await shared.read("POST", "/api/v1/orgs", { as: people[0]?.session, json: { handle } });
  await fc.assert(
    fc.asyncProperty(fc.nat(2), async (who) => {
      expect((await shared.send("POST", "/api/v1/orgs", { as: people[who]?.session, json: { handle } })).status).toBe(
        409,
      );
    }),
    { numRuns: 100 },
  );
});
