import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { Machine } from "../harness/cli.ts";
import { type Operator, type RegistryProcess, spawnRegistry, testOperator } from "../harness/registry-process.ts";
import { makeKey, makeOrganization, type Person, signUp } from "../http/support/people.ts";
import { signInAs } from "./support/answers.ts";
import { removeFolder, Site, temporaryFolder } from "./support/backups.ts";

let source: Site;
let folder: string;
let person: Person;
let organization: string;

beforeAll(async () => {
  [source, folder] = await Promise.all([Site.start(), temporaryFolder()]);
  person = await signUp(source.api);
  organization = await makeOrganization(source.api, person);
  await source.export(join(folder, "backup"));
});

afterAll(async () => {
  await Promise.all([source.remove(), removeFolder(folder)]);
});

/** Imports into a fresh registry that this operator runs, with an API key, as people do. */
async function importAs(
  operator: Operator,
  then: (run: {
    api: Api;
    key: string;
    code: number | null;
    error: { code: string; message: string };
  }) => Promise<void>,
): Promise<void> {
  const data = await temporaryFolder();
  let registry: RegistryProcess | undefined;
  let machine: Machine | undefined;
  try {
    const env = { GATI_ADMIN_HANDLE: operator.handle, GATI_ADMIN_PASSWORD: operator.password };
    registry = await spawnRegistry({ data, env });
    const api = new Api(registry.url);
    const session = await signInAs(api, operator);
    const { key } = await makeKey(api, { ...operator, id: "", session }, ["admin"]);
    machine = await Machine.create(registry.url);
    const gati = (...args: string[]) => machine?.gati([...args, "--json"], { env: { GATI_API_KEY: key } });
    const run = await gati("admin", "import", join(folder, "backup"));
    const { error = { code: "", message: "" } } = run?.json<{ error?: { code: string; message: string } }>() ?? {};
    await then({ api, key, code: run?.code ?? null, error });
  } finally {
    await registry?.stop();
    await machine?.remove();
    await removeFolder(data);
  }
}

const whoAmI = (api: Api, as: { bearer: string }) =>
  api.read<{ user: { handle: string; operator: boolean; id: string }; namespaces: { namespace: string }[] }>(
    "GET",
    "/api/v1/auth/me",
    { as },
  );

describe("whoever imports", () => {
  it("under the handle that they have in the backup goes on as that account, with its password", async () => {
    const again = { handle: testOperator.handle, password: "another password for the fresh one" };
    await importAs(again, async ({ api, key, code }) => {
      expect(code).toBe(0);
      const there = await signInAs(source.api, testOperator);
      const before = await whoAmI(source.api, there as { bearer: string });
      const here = await signInAs(api, testOperator);
      for (const as of [here as { bearer: string }, { bearer: key }]) {
        const me = await whoAmI(api, as);
        expect(me.user).toEqual(before.user);
        expect(me.namespaces).toEqual(before.namespaces);
      }
      await expect(signInAs(api, again)).rejects.toThrow(/401/);
    });
  });

  it("under another handle stays beside the accounts of the backup", async () => {
    const keeper = { handle: "keeper-of-backups", password: "a password of the keeper" };
    await importAs(keeper, async ({ api, key, code }) => {
      expect(code).toBe(0);
      expect((await whoAmI(api, { bearer: key })).user).toMatchObject({ handle: keeper.handle, operator: true });
      for (const one of [testOperator, person, keeper]) await signInAs(api, one);
    });
  });

  it.each([
    ["a person who is no operator", () => person.handle],
    ["an organisation", () => organization],
  ])("under the handle of %s is refused before anything comes in", async (_, handle) => {
    await importAs({ handle: handle(), password: "a password of somebody else" }, async ({ api, key, code, error }) => {
      expect([code, error.code]).toEqual([5, "handle_taken"]);
      expect(error.message).toContain(handle());
      const id = `sha256:${"0".repeat(64)}`;
      const standing = await api.read("GET", `/api/v1/admin/imports/${id}`, { as: { bearer: key } });
      expect(standing).toMatchObject({ empty: true, accounts: 1, artifacts: 0 });
    });
  });
});
